/**
 * Salt's filters over chance. With a seed they give what Salt gives. Without one they are drawn from the event, so that a repetition renders the same:
 * they are no secrets.
 */
import { md5, sha1 } from '@noble/hashes/legacy.js';
import { sha224, sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { pyRepr } from '../../python/print.ts';
import { PyRandom, sample } from '../../python/random.ts';
import { PyRange } from '../../python/set.ts';
import { Tuple, type Value } from '../../value.ts';
import { type Filter, type FilterCall, own, pure } from './filter.ts';
import { arg, integer } from './parameters.ts';
import { iterate } from './sequences.ts';
import { isText, plain, toText } from './text.ts';
import { kind, OperationError } from './values.ts';

function picked(of: Value, size: number, call: FilterCall, seed: Value): Value {
  if (!Array.isArray(of) && !(of instanceof Tuple) && !isText(of) && !((of as unknown) instanceof PyRange))
    throw new OperationError('Population must be a sequence.  For dicts or sets, use sorted(d).');
  const items = iterate(of);
  if (size < 0 || size > items.length) throw new OperationError('Sample larger than population or is negative', 'jinja.value');
  if (seed === null) return sample(items, size, (count) => Math.floor(call.env.random() * count));
  if (!isText(seed)) throw new OperationError(`object supporting the buffer API required, not ${kind(seed)}`);
  const random = new PyRandom(bytesToHex(sha512(utf8ToBytes(plain(seed)))));
  return sample(items, size, (count) => random.below(count));
}

const DIGESTS = { md5, sha1, sha224, sha256, sha384, sha512 };

const hashed: Filter = pure((of, call) => {
  const name = String(arg(call, 0, 'hash_type', 'md5') ?? 'md5');
  if (!Object.hasOwn(DIGESTS, name)) throw new OperationError(`module 'hashlib' has no attribute ${pyRepr(name)}`);
  if (typeof of !== 'bigint' || of < 0n) throw new OperationError(`random_hash: expected a whole number, got ${kind(of)}`);
  const drawn = Math.floor(call.env.random() * (Number(of) + 1));
  return bytesToHex(DIGESTS[name as keyof typeof DIGESTS](utf8ToBytes(String(drawn))));
});

export const saltRandomFilters: Readonly<Record<string, Filter>> = {
  random_sample: own((of, call) => picked(of, integer(arg(call, 0, 'size')), call, arg(call, 1, 'seed'))),
  random_shuffle: own((of, call) => picked(of, iterate(of).length, call, arg(call, 0, 'seed'))),
  random_hash: hashed,
  rand_str: hashed,
  random_str: pure((of, call) => {
    const size = integer(of);
    if (size < 0 || size > 10_000) throw new OperationError(`random_str: no text of ${size} characters`, 'jinja.value');
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    return Array.from({ length: size }, () => letters[Math.floor(call.env.random() * 64)]).join('');
  }),
  gen_mac: pure((of, call) => {
    const pair = () =>
      Math.floor(call.env.random() * 256)
        .toString(16)
        .toUpperCase()
        .padStart(2, '0');
    return `${plain(toText(of))}:${pair()}:${pair()}:${pair()}`;
  }),
};
