/**
 * One text under two keys, however long. Above what an item of DynamoDB holds (400 KB) it lies beside its head in pieces named by its digest,
 * which are written first: a head that can be read is whole, and two writers of different texts never mix their pieces.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Item, Items } from './items.ts';

export interface Document {
  readonly sk: string;
  readonly text: string;
}

export interface Documents {
  get(pk: string, sk: string): Promise<string | null>;
  /** Those that are there, in this order; null for one that is not. */
  some(keys: readonly (readonly [pk: string, sk: string])[]): Promise<readonly (string | null)[]>;
  /** All of one partition, in order of `sk`. */
  query(pk: string): Promise<readonly Document[]>;
  put(pk: string, document: Document): Promise<void>;
  /** false when there is one already; that one stays. */
  putNew(pk: string, document: Document): Promise<boolean>;
}

/** Characters of a piece; none is longer than three bytes. */
const PIECE = 110_000;
const PIECES = 'piece#';

/** `ttl` gives the second at which what is written now may be forgotten. */
export function createDocuments(items: Items, ttl: () => number): Documents {
  const head = async (pk: string, { sk, text }: Document): Promise<Item> => {
    const pieces = cut(text);
    if (pieces.length === 1) return { pk, sk, doc: text, ttl: ttl() };
    const digest = bytesToHex(sha256(utf8ToBytes(text))).slice(0, 32);
    const writes = pieces.map((piece, i) => items.put({ pk, sk: nameOf(digest, i), piece, ttl: ttl() }));
    await Promise.all(writes);
    return { pk, sk, digest, pieces: pieces.length, ttl: ttl() };
  };
  const whole = (item: Item, around: ReadonlyMap<string, Item>): string => {
    if (item.doc !== undefined) return String(item.doc);
    const names = Array.from({ length: Number(item.pieces) }, (_, i) => nameOf(String(item.digest), i));
    return names.map((name) => String(around.get(name)?.piece ?? '')).join('');
  };
  const partition = async (pk: string) => new Map((await items.query(pk)).map((item) => [String(item.sk), item]));
  const textOf = async (item: Item) => whole(item, item.doc === undefined ? await partition(String(item.pk)) : new Map());
  return {
    async get(pk, sk) {
      const item = await items.get(pk, sk);
      return item ? textOf(item) : null;
    },
    async some(keys) {
      const found = new Map((await items.some(keys)).map((item) => [`${item.pk} ${item.sk}`, item]));
      return Promise.all(
        keys.map(([pk, sk]) => {
          const item = found.get(`${pk} ${sk}`);
          return item ? textOf(item) : null;
        }),
      );
    },
    async query(pk) {
      const all = await partition(pk);
      const heads = [...all.values()].filter((item) => !String(item.sk).startsWith(PIECES));
      return heads.map((item) => ({ sk: String(item.sk), text: whole(item, all) }));
    },
    put: async (pk, document) => items.put(await head(pk, document)),
    putNew: async (pk, document) => items.putIf(await head(pk, document), 'absent'),
  };
}

function nameOf(digest: string, i: number): string {
  return `${PIECES}${digest}#${String(i).padStart(4, '0')}`;
}

/** At least one piece; a pair of surrogates stays together. */
function cut(text: string): readonly string[] {
  const pieces: string[] = [];
  let from = 0;
  do {
    let to = Math.min(from + PIECE, text.length);
    if (to < text.length && /[\ud800-\udbff]/.test(text.charAt(to - 1))) to -= 1;
    pieces.push(text.slice(from, to));
    from = to;
  } while (from < text.length);
  return pieces;
}
