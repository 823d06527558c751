/** What `redact:` of the minion's settings names never leaves the host: it is taken out of returns, events and log lines. */
import type { Emitted } from '../core/event.ts';
import { matchGlob } from '../core/glob.ts';
import { pyStr } from '../core/python/print.ts';
import { compileRegex, type PythonRegex } from '../core/regex/compile.ts';
import { Bytes, Dict, Tuple, type Value } from '../core/value.ts';

export interface RedactRules {
  /** Globs of names: environment variables, and keys of mappings. */
  readonly names: readonly string[];
  /** Texts themselves, for example the lines of a secret's file. */
  readonly values: readonly string[];
  readonly patterns: readonly string[];
}

export interface Redact {
  value(value: Value): Value;
  text(text: string): string;
  /** The same, and what the arguments of one call name as secret. */
  of(args: readonly Value[]): Redact;
}

export const MASK = '**********';
/** Shorter values stand in every other word; they are hidden as the value of their key alone. */
const SHORTEST = 4;

export function createRedact(rules: RedactRules, env: Readonly<Record<string, string | undefined>>): Redact {
  const named = Object.entries(env).flatMap(([name, value]) => (value && isNamed(rules, name) ? [value] : []));
  return redactor({ rules, patterns: rules.patterns.map((pattern) => compileRegex(pattern)) }, [...rules.values, ...named]);
}

interface Known {
  readonly rules: RedactRules;
  readonly patterns: readonly PythonRegex[];
}

function redactor(known: Known, secrets: readonly string[]): Redact {
  const { rules, patterns } = known;
  const needles = [...new Set(secrets.flatMap(forms))].sort((a, b) => b.length - a.length);
  const text = (given: string): string => {
    let out = given;
    for (const needle of needles) out = out.replaceAll(needle, MASK);
    for (const pattern of patterns) out = pattern.replace(out, MASK);
    return out;
  };
  const value = (given: Value): Value => {
    if (typeof given === 'string') return text(given);
    if (Array.isArray(given)) return given.map(value);
    if (given instanceof Tuple) return new Tuple(given.items.map(value));
    if (given instanceof Bytes) return redactBytes(given, text);
    if (!(given instanceof Dict)) return given;
    return Dict.from(
      [...given].map(([key, item]) => [
        typeof key === 'string' ? text(key) : key,
        typeof key === 'string' && isNamed(rules, key) && item !== null ? MASK : value(item),
      ]),
    );
  };
  const nothing = rules.names.length === 0 && patterns.length === 0 && needles.length === 0;
  const itself: Redact = {
    text: nothing ? (given) => given : text,
    value: nothing ? (given) => given : value,
    of: (args) => {
      const more = rules.names.length === 0 ? [] : args.flatMap((arg) => secretsIn(arg, rules));
      return more.length === 0 ? itself : redactor(known, [...secrets, ...more]);
    },
  };
  return itself;
}

/** A secret as it is, in base64, in a URL and inside JSON text. */
function forms(secret: string): readonly string[] {
  const whole = secret.trim();
  return [whole, ...whole.split('\n').map((line) => line.trim())]
    .filter((part) => part.length >= SHORTEST)
    .flatMap((part) => [
      part,
      Buffer.from(part).toString('base64').replace(/=+$/, ''),
      encodeURIComponent(part.toWellFormed()),
      JSON.stringify(part).slice(1, -1),
    ]);
}

function isNamed({ names }: RedactRules, name: string): boolean {
  return names.some((glob) => matchGlob(name, glob));
}

function secretsIn(value: Value, rules: RedactRules): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => secretsIn(item, rules));
  if (!(value instanceof Dict)) return [];
  return [...value].flatMap(([key, item]) =>
    isNamed(rules, pyStr(key)) && item !== null ? [pyStr(item)] : secretsIn(item, rules),
  );
}

function redactBytes(given: Bytes, text: (given: string) => string): Bytes {
  const before = Buffer.from(given.bytes).toString('latin1');
  const after = text(before);
  return after === before ? given : new Bytes(Buffer.from(after, 'latin1'));
}

/** The log of an agent, into which no secret is written. */
export function hideSecrets<L extends { append: Append; done: Done }>(log: L, redact: Redact): L {
  const hidden = (event: Emitted): Emitted => ({ ...event, data: redact.value(event.data) });
  const [append, done] = [log.append.bind(log), log.done.bind(log)];
  log.append = (event) => append(hidden(event));
  log.done = (jid, outcome, event) => done(jid, outcome, hidden(event));
  return log;
}

type Append = (event: Emitted) => Promise<number>;
type Done = (jid: string, outcome: string, event: Emitted) => Promise<void>;

/** The fields of a log line. */
export function redactFields(redact: Redact, fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name, typeof field === 'string' ? redact.text(field) : field]),
  );
}
