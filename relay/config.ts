/** A relay process' settings: flags and environment → one frozen object; all problems at once. */
import { BrineError } from '../core/errors.ts';
import { parseStack, type Stack } from '../core/ids.ts';
import type { Limits } from './limits.ts';

export interface RelaySettings {
  readonly stack: Stack;
  readonly push: string;
  readonly sub: string;
  /** Names the control queue, `<stack name>-relay-<name>`; `1`, which every stack has, unless said. */
  readonly name: string;
  /** File of the CURVE secret key, made at first; null: a key in memory, new at each start. */
  readonly key: string | null;
  readonly pack: number;
  readonly limits: Partial<Limits>;
}

/** Flag, its environment variable, and what it says. */
export const relayFlags = [
  ['stack', 'BRINE_STACK', 'account/region/name of the stack'],
  ['push', 'BRINE_RELAY_PUSH', 'where minions push to, tcp://0.0.0.0:4506 unless said; port 0 for a free one'],
  ['sub', 'BRINE_RELAY_SUB', 'where minions subscribe, tcp://0.0.0.0:4505 unless said; port 0 for a free one'],
  ['name', 'BRINE_RELAY_NAME', 'name of the relay, for its control queue; 1 unless said'],
  ['key', 'BRINE_RELAY_KEY', 'file of the key that minions pin; made at first'],
  ['pack', 'BRINE_RELAY_PACK', 'batches an entry of the bus may carry; 0, as many as fit, unless said'],
  ['max-sessions', 'BRINE_RELAY_MAX_SESSIONS', 'sessions at most; below the limit of open files in any case'],
  ['rate', 'BRINE_RELAY_RATE', 'events a second and session'],
  ['memory', 'BRINE_RELAY_MEMORY', 'megabytes at which the relay is started again'],
] as const;

type Flag = (typeof relayFlags)[number][0];

/** `--flag value` and `--flag=value` go before the environment. Throws `relay.settings` with every problem that there is. */
export function parseRelaySettings(args: readonly string[], env: Readonly<Record<string, string | undefined>>): RelaySettings {
  const problems: string[] = [];
  const given = readFlags(args, problems);
  const value = (flag: Flag) => given.get(flag) ?? env[relayFlags.find(([name]) => name === flag)?.[1] ?? ''] ?? undefined;
  const whole = (flag: Flag): number | undefined => {
    const text = value(flag);
    if (text === undefined || /^\d{1,12}$/.test(text)) return text === undefined ? undefined : Number(text);
    problems.push(`--${flag}: expected a whole number, found ${JSON.stringify(text)}`);
    return undefined;
  };
  const endpoint = (flag: Flag, otherwise: string): string => {
    const text = value(flag) ?? otherwise;
    if (!/^tcp:\/\/\S+:\d{1,5}$/.test(text)) problems.push(`--${flag}: expected tcp://host:port, found ${JSON.stringify(text)}`);
    return text;
  };
  const stack = readStack(value('stack'), problems);
  const [maxSessions, rate, memory] = [whole('max-sessions'), whole('rate'), whole('memory')];
  const name = value('name') ?? '1';
  if (!/^[A-Za-z0-9_-]{1,32}$/.test(name)) problems.push('--name: letters, digits, hyphen and underscore, 32 at most');
  const settings = {
    push: endpoint('push', 'tcp://0.0.0.0:4506'),
    sub: endpoint('sub', 'tcp://0.0.0.0:4505'),
    name,
    key: value('key') ?? null,
    pack: whole('pack') ?? 0,
    limits: {
      ...(maxSessions !== undefined && { maxSessions }),
      ...(rate !== undefined && { rate }),
      ...(memory !== undefined && { memory: memory * 1_000_000 }),
    },
  };
  if (problems.length > 0 || !stack) {
    const hint = 'brine relay start --help names the settings';
    throw new BrineError({ code: 'relay.settings', text: problems.join('; '), hint });
  }
  return Object.freeze({ stack, ...settings });
}

function readFlags(args: readonly string[], problems: string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (let i = 0; i < args.length; i += 1) {
    const [, name, inline] = /^--([a-z-]+)(?:=(.*))?$/s.exec(args[i] ?? '') ?? [];
    if (name === undefined || !relayFlags.some(([flag]) => flag === name)) {
      problems.push(`${args[i]} is no setting; there are ${relayFlags.map(([flag]) => `--${flag}`).join(', ')}`);
      continue;
    }
    const value = inline ?? args[++i];
    if (value === undefined) problems.push(`--${name}: its value is missing`);
    else found.set(name, value);
  }
  return found;
}

function readStack(text: string | undefined, problems: string[]): Stack | null {
  try {
    return parseStack(text);
  } catch {
    problems.push(
      `--stack: expected <12-digit account>/<region>/<name>, here or in BRINE_STACK, found ${text === undefined ? 'none' : JSON.stringify(text)}`,
    );
    return null;
  }
}
