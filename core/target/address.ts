/** `S@`: an address or a subnet against the grains ipv4 and ipv6. Host bits in a network are an error, so no match, as in Salt. */
import type { Dict } from '../value.ts';

export function matchAddress(grains: Dict, text: string): boolean {
  const [address = '', bits, more] = text.split('/');
  const base = addressBits(address.split('%')[0] as string);
  if (!base || more !== undefined) return false;
  const found = grains.get(base.length === 32 ? 'ipv4' : 'ipv6');
  const texts = (Array.isArray(found) ? found : [found]).filter((item) => typeof item === 'string');
  if (texts.includes(text)) return true;
  const mine = texts.map((item) => addressBits(item.split('%')[0] as string));
  if (bits === undefined) return mine.includes(base);
  const length = maskLength(bits, base.length);
  if (length === null || /1/.test(base.slice(length))) return false;
  return mine.some((own) => own !== null && own.length === base.length && own.startsWith(base.slice(0, length)));
}

function maskLength(bits: string, total: number): number | null {
  if (/^\d{1,3}$/.test(bits)) return Number(bits) <= total ? Number(bits) : null;
  const mask = total === 32 ? addressBits(bits) : null;
  const found = mask && (/^(1*)0*$/.exec(mask) ?? /^(0*)1*$/.exec(mask)); // a net mask, or a host mask
  return found ? (found[1] as string).length : null;
}

/** As a text of bits; null for what is no address. */
export function addressBits(text: string): string | null {
  const four = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (four) {
    const parts = four.slice(1);
    if (parts.some((part) => Number(part) > 255 || (part.length > 1 && part.startsWith('0')))) return null;
    return parts.map((part) => Number(part).toString(2).padStart(8, '0')).join('');
  }
  if (!/^[0-9a-f:.]+$/i.test(text) || !text.includes(':')) return null;
  const embedded = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (embedded) {
    const low = addressBits(embedded[2] as string);
    if (!low) return null;
    const [a, b] = [low.slice(0, 16), low.slice(16)].map((part) => Number.parseInt(part, 2).toString(16));
    return addressBits(`${embedded[1]}${a}:${b}`);
  }
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const groups = (part: string | undefined) => (part ? part.split(':') : []);
  const [left, right] = [groups(halves[0]), groups(halves[1])];
  const missing = 8 - left.length - right.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  const all = [...left, ...Array<string>(missing).fill('0'), ...right];
  if (!all.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return null;
  return all.map((group) => Number.parseInt(group, 16).toString(2).padStart(16, '0')).join('');
}
