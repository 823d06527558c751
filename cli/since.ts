/** A time that was typed: how long ago (`90`, `15m`, `2h`, `1d`), or when (`2026-11-22T15:11Z`). */
import { BrineError } from '../core/errors.ts';

const UNITS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 };

/** Milliseconds UTC. Throws `usage.argument`. */
export function parseSince(text: string, now: number): number {
  const ago = /^(\d+(?:\.\d+)?)\s*([smhd]?)$/.exec(text.trim());
  if (ago) return now - Number(ago[1]) * (UNITS[ago[2] ?? ''] as number) * 1000;
  const at = /^\d{4}-\d\d-\d\d/.test(text.trim()) ? Date.parse(text.trim()) : Number.NaN;
  if (!Number.isNaN(at)) return at;
  throw new BrineError({
    code: 'usage.argument',
    text: `--since wants a time, found ${JSON.stringify(text)}`,
    hint: '90 (seconds), 15m, 2h, 1d, or 2026-11-22T15:11Z',
  });
}
