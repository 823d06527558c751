/** `brine completion bash|zsh|fish`: made from the command table, so it never lags behind it. */
import { BrineError } from '../../core/errors.ts';
import { type CommandContext, type CommandSpec, EXIT, type Run } from '../command.ts';

export const run: Run = async (context, [shell]) => {
  if (typeof shell !== 'string' || !isShell(shell)) {
    throw new BrineError({
      code: 'usage.argument',
      text: `expected bash, zsh or fish, found ${JSON.stringify(shell)}`,
      hint: 'eval "$(brine completion bash)"',
    });
  }
  context.stdout.write(completionOf(shell, context));
  return EXIT.ok;
};

type Table = Pick<CommandContext, 'commands' | 'groups'>;

const SHELLS = { bash, zsh, fish } as const satisfies Record<string, (table: Table) => string>;
type Shell = keyof typeof SHELLS;

function isShell(name: string): name is Shell {
  return Object.hasOwn(SHELLS, name);
}

export function completionOf(shell: Shell, table: Table): string {
  return SHELLS[shell](table);
}

/** First words, and under each group its second words. */
function words({ commands, groups }: Table): {
  readonly first: readonly string[];
  readonly second: ReadonlyMap<string, readonly string[]>;
} {
  const first = new Set<string>(Object.keys(groups));
  const second = new Map<string, string[]>();
  for (const { name } of commands) {
    const [head, tail] = name.split(' ') as [string, string?];
    first.add(head);
    if (tail) second.set(head, [...(second.get(head) ?? []), tail]);
  }
  return { first: [...first].sort(), second };
}

function flagsOf(spec: CommandSpec): string[] {
  return spec.options.flatMap((option) => option.flags.match(/--[a-z-]+/g) ?? []);
}

function bash(table: Table): string {
  const { commands } = table;
  const { first, second } = words(table);
  const cases = [...second].map(
    ([head, tails]) => `      ${head}) COMPREPLY=($(compgen -W "${tails.join(' ')}" -- "$word")); return;;`,
  );
  const flags = commands.map(
    (spec) => `      "${spec.name}") COMPREPLY=($(compgen -W "${flagsOf(spec).join(' ')} --help" -- "$word")); return;;`,
  );
  return `_brine() {
  local word=\${COMP_WORDS[COMP_CWORD]}
  if [ "$COMP_CWORD" = 1 ]; then COMPREPLY=($(compgen -W "${first.join(' ')}" -- "$word")); return; fi
  if [ "$COMP_CWORD" = 2 ] && [ "\${word#-}" = "$word" ]; then
    case \${COMP_WORDS[1]} in
${cases.join('\n')}
    esac
  fi
  if [ "\${word#-}" != "$word" ]; then
    case "\${COMP_WORDS[1]} \${COMP_WORDS[2]}" in
${flags.filter((line) => /"\S+ \S+"\)/.test(line)).join('\n')}
    esac
    case "\${COMP_WORDS[1]}" in
${flags.filter((line) => /"\S+"\)/.test(line) && !/"\S+ \S+"\)/.test(line)).join('\n')}
    esac
  fi
}
complete -o default -F _brine brine
`;
}

function zsh(table: Table): string {
  return `#compdef brine
autoload -U +X bashcompinit && bashcompinit
${bash(table)}`;
}

function fish(table: Table): string {
  const { commands, groups } = table;
  const { first, second } = words(table);
  const lines = first.map(
    (word) => `complete -c brine -n __fish_use_subcommand -f -a ${word} -d ${quote(groups[word] ?? summaryOf(commands, word))}`,
  );
  for (const [head, tails] of second) {
    for (const tail of tails) {
      lines.push(
        `complete -c brine -n '__fish_seen_subcommand_from ${head}' -f -a ${tail} -d ${quote(summaryOf(commands, `${head} ${tail}`))}`,
      );
    }
  }
  for (const spec of commands) {
    const seen = spec.name
      .split(' ')
      .map((word) => `__fish_seen_subcommand_from ${word}`)
      .join('; and ');
    for (const option of spec.options) {
      const long = /--([a-z-]+)/.exec(option.flags)?.[1];
      const short = /^-(\w)/.exec(option.flags)?.[1];
      lines.push(
        `complete -c brine -n '${seen}'${long ? ` -l ${long}` : ''}${short ? ` -s ${short}` : ''} -d ${quote(option.help)}`,
      );
    }
  }
  return `${lines.join('\n')}\n`;
}

function summaryOf(commands: Table['commands'], name: string): string {
  return commands.find((spec) => spec.name === name)?.summary ?? '';
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "\\'")}'`;
}
