/** Files of a project under Salt's names. They are listed at once and read when they are asked for: a tree may hold thousands that no reaction reaches. */
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '@noble/hashes/sha2.js';
import { BrineError, type Problem } from '../core/errors.ts';
import type { ProjectFile } from '../core/reactor/reactions.ts';

/** Bytes up to which a text is carried in the bundle. */
const TEXT_LIMIT = 1_048_576;
/** Bytes beyond which a file is not read at all. */
const FILE_LIMIT = 268_435_456;
const LISTED = 200_000;
const DEPTH = 40;

export class LazyFiles implements ReadonlyMap<string, ProjectFile> {
  /** Salt's name → where it lies. */
  readonly #paths = new Map<string, string>();
  readonly #read = new Map<string, ProjectFile>();
  /** What could not be listed or read, by the way there. */
  readonly problems = new Map<string, Problem>();
  /** Where was looked, found or not: folders with all that is below them, and single files. */
  readonly folders = new Set<string>();
  readonly singles = new Set<string>();

  /** Where a file lies; undefined for one that is not there. */
  pathOf(name: string): string | undefined {
    return this.#paths.get(name);
  }

  /** One file; of two with a name the first counts. */
  add(name: string, path: string): void {
    this.singles.add(path);
    if (!this.#paths.has(name) && this.#stat(path)?.isFile()) this.#paths.set(name, path);
  }

  /** Every file below a folder. A link that leads back into its own way is not followed. */
  addFolder(folder: string, name: string, way: readonly string[] = []): void {
    if (way.length === 0) this.folders.add(folder);
    if (!this.#stat(folder)?.isDirectory()) return;
    const real = this.#real(folder);
    if (real === undefined || way.includes(real) || way.length > DEPTH) return;
    for (const entry of this.#list(folder)) {
      const [path, own] = [join(folder, entry.name), `${name}/${entry.name}`];
      const stat = entry.isSymbolicLink() ? this.#stat(path) : entry;
      if (stat?.isDirectory()) this.addFolder(path, own, [...way, real]);
      else if (stat?.isFile() && !this.#paths.has(own)) this.#paths.set(own, path);
      if (this.#paths.size > LISTED)
        throw new BrineError({ code: 'project.too_large', text: `more than ${LISTED} files`, where: { file: folder } });
    }
  }

  #list(folder: string) {
    return (
      this.#tried(folder, () => readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) ?? []
    );
  }

  #stat(path: string) {
    return this.#tried(path, () => statSync(path, { throwIfNoEntry: false }));
  }

  #real(path: string) {
    return this.#tried(path, () => realpathSync(path));
  }

  #tried<T>(path: string, run: () => T): T | undefined {
    try {
      return run();
    } catch (error) {
      this.problems.set(path, unreadable(path, error));
      return undefined;
    }
  }

  get(name: string): ProjectFile | undefined {
    const known = this.#read.get(name);
    const path = this.#paths.get(name);
    if (known || path === undefined) return known;
    const file = this.#tried(path, () => readOne(path)) ?? { digest: '', size: 0 };
    this.#read.set(name, file);
    return file;
  }

  has(name: string): boolean {
    return this.#paths.has(name);
  }

  get size(): number {
    return this.#paths.size;
  }

  keys(): MapIterator<string> {
    return this.#paths.keys();
  }

  *values(): MapIterator<ProjectFile> {
    for (const [, file] of this.entries()) yield file;
  }

  *entries(): MapIterator<[string, ProjectFile]> {
    for (const name of this.#paths.keys()) yield [name, this.get(name) as ProjectFile];
  }

  [Symbol.iterator](): MapIterator<[string, ProjectFile]> {
    return this.entries();
  }

  forEach(each: (file: ProjectFile, name: string, files: ReadonlyMap<string, ProjectFile>) => void): void {
    for (const [name, file] of this.entries()) each(file, name, this);
  }
}

function readOne(path: string): ProjectFile {
  const { size } = statSync(path);
  if (size > FILE_LIMIT)
    throw new BrineError({
      code: 'project.too_large',
      text: `${Math.round(size / 1_048_576)} MB are too many for a bundle`,
      where: { file: path },
    });
  const bytes = readFileSync(path);
  if (size <= TEXT_LIMIT && !bytes.includes(0)) {
    try {
      return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
    } catch {
      // no text: named by its digest
    }
  }
  const head = bytes.subarray(0, 4).toString('latin1');
  const program = head === '\x7fELF' || head.startsWith('#!');
  return { digest: Buffer.from(sha256(bytes)).toString('hex'), size, ...(program && { program }) };
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'it may not be read',
  EPERM: 'it may not be read',
  ELOOP: 'its link leads back to itself',
  ENOTDIR: 'a folder of its path is none',
};

/** Of what the system refused, in words. */
export function unreadable(path: string, error: unknown): Problem {
  if (error instanceof BrineError) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  return { code: 'project.unreadable', text: REASONS[code] ?? message, where: { file: path } };
}
