/** Tells when a file of the project was saved: editors write in several steps, so a burst counts once. */
import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Milliseconds. */
const QUIET = 60;

/** Where a project's files lie, as `loadProject` found them. */
export interface Places {
  readonly folders: ReadonlySet<string>;
  readonly singles: ReadonlySet<string>;
}

export interface ProjectWatch {
  /** A project that was read anew may have files in more places. */
  follow(places: Places): void;
  close(): void;
}

/**
 * Calls back `QUIET` milliseconds after the last of a burst of changes to a project's or a Salt master's configuration in `dir`, or to a file in
 * one of its places, which may lie elsewhere.
 */
export function watchProject(dir: string, places: Places, changed: () => void): ProjectWatch {
  const watchers = new Map<string, FSWatcher>();
  let timer: NodeJS.Timeout | undefined;
  const touch = () => {
    clearTimeout(timer);
    timer = setTimeout(changed, QUIET);
  };
  const add = (path: string, recursive: boolean, wanted: (name: string) => boolean) => {
    try {
      const watcher = watch(path, { recursive }, (_event, name) => {
        if (name === null || wanted(name)) touch();
      });
      watcher.on('error', () => watcher.close());
      return watcher;
    } catch {
      return null; // a project need not have every folder
    }
  };
  const once = (key: string, start: () => FSWatcher | null) => {
    const watcher = watchers.has(key) ? null : start();
    if (watcher) watchers.set(key, watcher);
  };
  const follow = ({ folders, singles }: Places) => {
    for (const folder of folders) if (!isBelow(folder, folders)) once(folder, () => add(folder, true, () => true));
    // Editors replace files, so the directory is watched and not the file.
    for (const path of singles)
      if (!isBelow(path, folders)) once(path, () => add(dirname(path), false, (name) => name === basename(path)));
  };
  once(dir, () => add(dir, false, (name) => ['reactor.conf', 'brine.yaml', 'master'].includes(name)));
  for (const folder of ['reactor.d', 'master.d'])
    once(join(dir, folder), () => add(join(dir, folder), false, (name) => name.endsWith('.conf')));
  follow(places);
  return {
    follow,
    close: () => {
      clearTimeout(timer);
      for (const watcher of watchers.values()) watcher.close();
    },
  };
}

function isBelow(path: string, folders: ReadonlySet<string>): boolean {
  return [...folders].some((folder) => path.startsWith(`${folder}/`));
}
