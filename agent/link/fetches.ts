/** Files that jobs name by digest, asked for piece by piece over whatever session stands; a lost link only means to go on later. Trust section 6. */
import { BrineError } from '../../core/errors.ts';
import type { PieceParts } from '../../wire/frames.ts';

export interface WantedFile {
  /** Hexadecimal. */
  readonly sha256: string;
  readonly size: number;
}

type Ask = (sha256: string, offset: number) => void;

export interface Fetches {
  /** The bytes as they came; whoever asked holds them against the digest. Throws `file.*`, `trust.*`, `link.unanswered`. */
  get(file: WantedFile): Promise<Uint8Array>;
  /** A session stands; gives what takes it back. */
  attach(ask: Ask): () => void;
  received(piece: PieceParts): void;
  close(): void;
}

interface Want extends WantedFile {
  readonly pieces: Uint8Array[];
  offset: number;
  tries: number;
  readonly resolve: (bytes: Uint8Array) => void;
  readonly reject: (error: BrineError) => void;
}

/** Milliseconds that a piece may take; so many times without one, the file is given up. */
const WAIT = 10_000;
const TRIES = 6;
/** Before the same question after `link.busy`. */
const PAUSE = 500;

export function createFetches(wait = WAIT): Fetches {
  const wants: Want[] = [];
  let ask: Ask | undefined;
  let timer: NodeJS.Timeout | undefined;
  const go = () => {
    clearTimeout(timer);
    const want = wants[0];
    if (!want) return;
    if (want.tries >= TRIES) return done((one) => one.reject(unanswered(one)));
    want.tries += 1;
    ask?.(want.sha256, want.offset);
    timer = setTimeout(go, wait);
  };
  const done = (settle: (want: Want) => void) => {
    const want = wants.shift();
    if (want) settle(want);
    go();
  };
  return {
    get: ({ sha256, size }) =>
      new Promise((resolve, reject) => {
        if (size === 0) return resolve(new Uint8Array());
        wants.push({ sha256, size, pieces: [], offset: 0, tries: 0, resolve, reject });
        if (wants.length === 1) go();
      }),
    attach: (next) => {
      ask = next;
      if (wants[0]) wants[0].tries = 0;
      go();
      return () => {
        if (ask === next) ask = undefined;
      };
    },
    received: ({ sha256, offset, size, code, data }) => {
      const want = wants[0];
      if (!want || want.sha256 !== sha256 || want.offset !== offset) return;
      if (code === 'link.busy') {
        clearTimeout(timer);
        timer = setTimeout(go, PAUSE);
        return;
      }
      if (code !== undefined) return done((one) => one.reject(refused(one, code)));
      const piece = Buffer.from(data, 'base64url');
      if (size !== want.size || piece.length === 0 || want.offset + piece.length > size)
        return done((one) => one.reject(refused(one, 'trust.digest')));
      want.pieces.push(piece);
      want.offset += piece.length;
      want.tries = 0;
      if (want.offset < size) return go();
      done((one) => one.resolve(Buffer.concat(one.pieces)));
    },
    close: () => {
      while (wants.length > 0) done((one) => one.reject(unanswered(one)));
      clearTimeout(timer);
    },
  };
}

function unanswered({ sha256 }: WantedFile): BrineError {
  return new BrineError({ code: 'link.unanswered', text: `the file with the digest ${sha256} was not answered for` });
}

/** A relay's code is looked up in our own list; an unknown one is no sentence of ours. */
function refused({ sha256 }: WantedFile, code: string): BrineError {
  if (code === 'file.unknown')
    return new BrineError({
      code: 'file.unknown',
      text: `no file of the deployed project has the digest ${sha256}`,
      hint: 'it was changed since the job was signed: run the job again',
    });
  return new BrineError({ code: 'trust.digest', text: `the file with the digest ${sha256} was refused or is another (${code})` });
}
