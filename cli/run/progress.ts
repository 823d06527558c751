/** On a terminal while one waits: how many have answered and who has not, on one line that is rewritten in place. */
import type { CommandContext, Options } from '../command.ts';
import { harmless } from '../output/outputter.ts';

export interface Progress {
  show(open: ReadonlySet<string>): void;
  /** Before anything else is printed. */
  clear(): void;
}

export function progressOf(context: CommandContext, options: Options, total: number): Progress {
  const { stderr, stdout } = context;
  const on = stderr.isTTY === true && (options.progress === true || stdout.isTTY === true);
  let shown = false;
  return {
    show: (open) => {
      if (!on || open.size === 0) return;
      const text = `${total - open.size}/${total} answered, waiting for ${[...open].map(harmless).join(', ')}`;
      const room = Math.max(10, (stdout.columns ?? 80) - 1);
      stderr.write(`\r\u001b[K${text.length > room ? `${text.slice(0, room - 1)}…` : text}`);
      shown = true;
    },
    clear: () => {
      if (shown) stderr.write('\r\u001b[K');
      shown = false;
    },
  };
}
