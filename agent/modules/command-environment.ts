/** The environment of a command: the agent's own or a clean one, an English locale, the user's names, then what the call gives. */
import { BrineError } from '../../core/errors.ts';
import { pyStr } from '../../core/python/print.ts';
import { Dict, type Value } from '../../core/value.ts';
import { parseYaml } from '../../core/yaml/parse.ts';
import { type Bound, InvocationError, type ModuleContext } from './module.ts';

const LOCALE = 'CTYPE NUMERIC TIME COLLATE MONETARY MESSAGES PAPER NAME ADDRESS TELEPHONE MEASUREMENT IDENTIFICATION';
const LOCALE_NAMES = [...LOCALE.split(' ').map((name) => `LC_${name}`), 'LANGUAGE'];
/** The agent's own, and no command's: its secrets, and systemd's socket. */
const KEPT_BACK = ['BRINE_JOIN', 'NOTIFY_SOCKET', 'NOTIFY_FD'];

interface Owner {
  readonly name: string;
  readonly home: string;
  readonly shell: string;
}

export function commandEnvironment(it: ModuleContext, values: Bound, user: Owner | null): Record<string, string> {
  const env: Record<string, string> = values.clean_env === true ? {} : { ...it.env };
  for (const name of KEPT_BACK) delete env[name];
  if (user) Object.assign(env, { USER: user.name, LOGNAME: user.name, HOME: user.home, SHELL: user.shell });
  if (values.reset_system_locale !== false) for (const name of LOCALE_NAMES) env[name] = 'C';
  Object.assign(env, givenEnvironment(values.env ?? null));
  if (values.prepend_path) env.PATH = `${pyStr(values.prepend_path)}:${env.PATH ?? ''}`;
  return env;
}

/** A mapping, a list of mappings, or either as YAML text; null is the empty text. */
function givenEnvironment(given: Value): Record<string, string> {
  const value = typeof given === 'string' ? parsed(given) : given;
  const env: Record<string, string> = {};
  for (const dict of Array.isArray(value) ? value : [value]) {
    if (!(dict instanceof Dict)) continue;
    for (const [key, item] of dict) {
      const [name, text] = [pyStr(key), item === null ? '' : pyStr(item)];
      if (name === '' || /[=\0]/.test(name) || text.includes('\0'))
        throw new InvocationError('env: a name or value cannot be set');
      env[name] = text;
    }
  }
  return env;
}

function parsed(text: string): Value {
  try {
    return parseYaml(text);
  } catch (error) {
    if (error instanceof BrineError) throw new InvocationError('env: expected a mapping');
    throw error;
  }
}
