/** `disk.*`: how full the file systems are, as `df -P` says. */
import { pyStr } from '../../core/python/print.ts';
import { Dict, type Value } from '../../core/value.ts';
import { runCommand } from './command.ts';
import { CommandExecutionError, type Module, type ModuleContext } from './module.ts';

const args = { name: 'args', value: null };

export const disk: Module = {
  usage: {
    doc: 'Size, used and available kilobytes of each file system, by its path. Flags of df may be given: H, h, i, k, m, l.',
    example: 'h',
    parameters: [args],
    run: async (it, { args: flags = null }) => {
      const wanted = flags === null ? '' : pyStr(flags).replace(/^-/, '');
      if (!/^[aBtThHiklPtTxv]*$/.test(wanted)) throw new CommandExecutionError('Invalid flag passed to disk.usage');
      const rows = await df(it, [`-P${wanted}`]);
      const blocks = /[hH]/.test(wanted) ? 'size' : '1K-blocks';
      return Dict.from(
        rows.map(({ filesystem, size, used, available, capacity, path }) => [
          path,
          Dict.from([
            ['filesystem', filesystem],
            [blocks, size],
            ['used', used],
            ['available', available],
            ['capacity', capacity],
          ]),
        ]),
      );
    },
  },
  inodeusage: {
    doc: 'Inodes of each file system, by its path.',
    parameters: [args],
    run: async (it) => {
      const rows = await df(it, ['-iP']);
      return Dict.from(
        rows.map(({ filesystem, size, used, available, capacity, path }) => [
          path,
          Dict.of({ inodes: size, used, free: available, use: capacity, filesystem }),
        ]),
      );
    },
  },
  percent: {
    doc: 'How full each file system is, or the one at a path.',
    example: '/var',
    parameters: [args],
    run: async (it, { args: path = null }) => {
      const rows = await df(it, ['-P']);
      const all = Dict.from(rows.map((row) => [row.path, row.capacity] as const));
      if (path === null) return all;
      const found: Value | undefined = all.get(pyStr(path));
      if (found === undefined)
        throw new CommandExecutionError(`Problem parsing disk usage information: there is no file system at ${pyStr(path)}`);
      return found;
    },
  },
};

interface Row {
  readonly filesystem: string;
  readonly size: string;
  readonly used: string;
  readonly available: string;
  readonly capacity: string;
  readonly path: string;
}

/** A file system that does not answer leaves the others. */
async function df(it: ModuleContext, words: readonly string[]): Promise<readonly Row[]> {
  const { out } = await runCommand(
    it,
    { cmd: ['df', ...words], ignore_retcode: true, python_shell: false },
    { merge: false, raises: false },
  );
  return out
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const found = /^(.*?)\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(\/.*)$/.exec(line);
      if (!found) return [];
      const [, filesystem = '', size = '', used = '', available = '', capacity = '', path = ''] = found;
      return [{ filesystem, size, used, available, capacity, path }];
    });
}
