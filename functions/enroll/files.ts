/** fetch → piece: a file of the bundle by its digest, in pieces, for a host whose key is accepted. What it is good for is decided by the digest in a signed job. */
import * as v from 'valibot';
import { hexDigest } from '../../core/job/files.ts';
import type { Project } from '../../core/reactor/reactions.ts';
import { fetchFrames, PIECE, verifyFetch } from '../../trust/fetch.ts';
import { toBase64Url } from '../../trust/transcript.ts';
import type { FunctionContext } from '../context.ts';

export type Piece = { readonly size: number; readonly data: string } | { readonly refused: string };

const request = v.strictObject({ fetch: fetchFrames });

/** Is the input a question for a file, and no hello? */
export function asksForFile(input: unknown): boolean {
  return typeof input === 'object' && input !== null && 'fetch' in input;
}

export function createFiles(context: FunctionContext): (input: unknown) => Promise<Piece> {
  const { stack, clock, ports, project } = context;
  const texts = lazy(() => textsByDigest(project));
  return async (input) => {
    const frames = v.safeParse(request, input);
    if (!frames.success) return { refused: 'trust.schema' };
    const found = verifyFetch(frames.output.fetch, { stack, now: clock.now() });
    if (!found.ok) return { refused: found.code };
    const { id, key, sha256, offset } = found.fetch;
    const record = await ports.registry.minion(id);
    if (record?.state !== 'accepted' || record.key !== key || record.duplicate) return { refused: 'trust.unknown' };
    const text = texts().get(sha256);
    const bytes = text === undefined ? context.file?.(sha256) : Buffer.from(text, 'utf8');
    if (!bytes) return { refused: 'file.unknown' };
    context.log('piece', { id, sha256, offset });
    return { size: bytes.length, data: toBase64Url(bytes.subarray(offset, offset + PIECE)) };
  };
}

function textsByDigest({ files, shelf = new Map() }: Project): ReadonlyMap<string, string> {
  return new Map(
    [...files.values(), ...shelf.values()].flatMap((file) =>
      'text' in file ? [[hexDigest(new TextEncoder().encode(file.text)), file.text] as const] : [],
    ),
  );
}

function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
