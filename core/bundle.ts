/** `project.json`: what is deployed. Encoded where a project is read, parsed beside the handler; its digest is its name. */
import { sha256 } from '@noble/hashes/sha2.js';
import * as v from 'valibot';
import { BrineError } from './errors.ts';
import { decodePlain, encode } from './json.ts';
import type { Project, ProjectFile, ReactorEntry } from './reactor/reactions.ts';
import { parseSettings, type Settings } from './settings.ts';
import { fromPlain } from './value.ts';

interface BundleContent extends Pick<Project, 'shelf' | 'sources'> {
  readonly settings: Settings;
  readonly entries: readonly ReactorEntry[];
  readonly files: ReadonlyMap<string, ProjectFile>;
}

export function makeProject(content: BundleContent): Project {
  return { ...content, digest: digestOf(contentText(content)) };
}

export function encodeBundle(project: Project): string {
  const shelf = shelfText(project.shelf ?? new Map());
  return `{"digest":${JSON.stringify(project.digest)},"content":${contentText(project)},"shelf":{"digest":"${digestOf(shelf)}","files":${shelf}}}`;
}

const entry = v.object({
  index: v.number(),
  glob: v.string(),
  paths: v.array(v.string()),
  where: v.record(v.string(), v.unknown()),
});
const file = v.union([
  v.object({ text: v.string() }),
  v.object({ digest: v.string(), size: v.number(), program: v.exactOptional(v.boolean()) }),
]);
const bundle = v.strictObject({
  digest: v.string(),
  content: v.object({ settings: v.unknown(), entries: v.array(entry), files: v.array(v.tuple([v.string(), file])) }),
  shelf: v.exactOptional(v.object({ digest: v.string(), files: v.array(v.tuple([v.string(), file])) })),
});

/** Throws `input.schema` for what is no bundle or is not the one that its digest names. */
export function parseBundle(text: string): Project {
  const found = v.safeParse(bundle, decodePlain(text));
  if (!found.success)
    throw new BrineError({
      code: 'input.schema',
      text: found.issues[0].message,
      where: { file: 'project.json', path: v.getDotPath(found.issues[0]) ?? '' },
    });
  const { digest, content, shelf } = found.output;
  const project = makeProject({
    settings: parseSettings(content.settings),
    entries: content.entries as ReactorEntry[],
    files: new Map(content.files),
    shelf: new Map(shelf?.files),
  });
  if (project.digest !== digest || (shelf && shelf.digest !== digestOf(shelfText(new Map(shelf.files)))))
    throw new BrineError({
      code: 'input.schema',
      text: 'the bundle is not the one that its digest names',
      where: { file: 'project.json' },
    });
  return project;
}

function contentText({ settings, entries, files }: BundleContent): string {
  return encode(fromPlain({ settings, entries, files: sorted(files) }));
}

function shelfText(files: ReadonlyMap<string, ProjectFile>): string {
  return encode(fromPlain(sorted(files)));
}

function sorted(files: ReadonlyMap<string, ProjectFile>): readonly (readonly [string, ProjectFile])[] {
  return [...files].sort(([a], [b]) => (a < b ? -1 : 1));
}

function digestOf(text: string): string {
  return [...sha256(new TextEncoder().encode(text))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
