/** What a tag is, and who may emit it. Agent, relay and functions all ask this file: steps 1, 4 and 7 of the way of an event. */
import { BrineError } from './errors.ts';
import type { MinionId } from './ids.ts';

/** 1–1,024 bytes of UTF-8, without two newlines in a row (Salt's bus separates tag and data by them). */
export type Tag = string & { readonly brand: 'Tag' };

export function parseTag(text: unknown): Tag {
  const problem = (found: string): never => {
    throw new BrineError({
      code: 'event.tag',
      text: `expected a tag, found ${found}`,
      hint: 'text of 1 to 1,024 bytes, for example myco/deploy/done',
    });
  };
  if (typeof text !== 'string') return problem(text === null ? 'null' : typeof text);
  if (text === '') return problem('an empty text');
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > 1024) return problem(`${bytes} bytes`);
  if (text.includes('\n\n')) return problem('a text with two newlines in a row');
  if (!text.isWellFormed()) return problem('a text with half a surrogate pair');
  return text as Tag;
}

/** The `<jid>` of `salt/job/<jid>/ret/<id>` when `id` is this host; undefined for any other tag. */
export function returnedJid(id: MinionId, tag: string): string | undefined {
  const suffix = `/ret/${id}`;
  if (!tag.startsWith('salt/job/') || !tag.endsWith(suffix)) return undefined;
  const jid = tag.slice('salt/job/'.length, -suffix.length);
  return jid !== '' && !jid.includes('/') ? jid : undefined;
}

/**
 * May this host emit this tag? Everything outside `salt/`; under it only `salt/minion/<id>/…`, `salt/beacon/<id>/…` and
 * `salt/job/<jid>/ret/<id>` of its own. Whether a return answers a job is for the receipt to show.
 */
export function mayEmit(id: MinionId, tag: string): boolean {
  if (!tag.startsWith('salt/')) return tag !== 'salt';
  return tag.startsWith(`salt/minion/${id}/`) || tag.startsWith(`salt/beacon/${id}/`) || returnedJid(id, tag) !== undefined;
}
