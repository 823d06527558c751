/** Where `file.*` may read, write and remove: below directories that the settings name, whatever links lead there. */
import { realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, normalize } from 'node:path';
import { pyStr } from '../../core/python/print.ts';
import type { Value } from '../../core/value.ts';
import { CommandExecutionError, type FileLimits, InvocationError, type ModuleContext } from './module.ts';

type May = 'read' | 'write' | 'remove';

/** The path with `~` made into the home directory; throws for a relative one, or one outside of what the settings allow. */
export function allowedPath(it: ModuleContext, path: Value, may: May): string {
  const own = expanded(it, pyStr(path));
  if (!isAbsolute(own)) throw new InvocationError(`File path must be absolute: ${own}`);
  const real = realOf(own, may);
  if (!isBelow(real, it.files, may))
    throw new CommandExecutionError(
      `this host may not ${may} ${own}: file_${may} in its settings names ${it.files[may].join(', ') || 'nothing'}`,
    );
  return own;
}

export function expanded({ env }: ModuleContext, path: string): string {
  return path === '~' || path.startsWith('~/') ? join(env.HOME ?? '/root', path.slice(1)) : path;
}

/** A link itself is what is removed; a link that is read or written is what it leads to. */
function realOf(path: string, may: May): string {
  const plain = normalize(path).replace(/(.)\/$/, '$1');
  if (may !== 'remove') {
    try {
      return realpathSync(plain);
    } catch {
      // not there yet: its folder decides
    }
  }
  const parent = dirname(plain);
  return parent === plain ? plain : join(realOf(parent, 'write'), basename(plain));
}

/** Of a directory itself only what is below may be removed. */
function isBelow(path: string, limits: FileLimits, may: May): boolean {
  return limits[may].some((given) => {
    const dir = realOf(given, 'write');
    return path === dir ? may !== 'remove' : path.startsWith(dir === '/' ? '/' : `${dir}/`);
  });
}
