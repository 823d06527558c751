/** The options that the functions of `cmd.*` share: in Salt's order for each function, with its defaults there; the others by name. */
import type { Value } from '../../core/value.ts';
import type { Parameter } from './module.ts';
import { flag, seconds, text } from './schemas.ts';

const OPTIONS: readonly Parameter[] = [
  { name: 'cwd', value: null, is: text },
  { name: 'stdin', value: null, is: text },
  { name: 'runas', value: null, is: text },
  { name: 'group', value: null, is: text },
  { name: 'shell', value: '/bin/sh', is: text },
  { name: 'python_shell', value: null, is: flag },
  { name: 'env', value: null },
  { name: 'clean_env', value: false, is: flag },
  { name: 'template', value: null, is: text },
  { name: 'rstrip', value: true, is: flag },
  { name: 'umask', value: null, is: text },
  { name: 'output_encoding', value: null, is: text },
  { name: 'output_loglevel', value: 'debug', is: text },
  { name: 'log_callback', value: null },
  { name: 'hide_output', value: false, is: flag },
  { name: 'timeout', value: null, is: seconds },
  { name: 'reset_system_locale', value: true, is: flag },
  { name: 'ignore_retcode', value: false, is: flag },
  { name: 'saltenv', value: null },
  { name: 'use_vt', value: false, is: flag },
  { name: 'redirect_stderr', value: null, is: flag },
  { name: 'bg', value: false, is: flag },
  { name: 'password', value: null },
  { name: 'encoded_cmd', value: false, is: flag },
  { name: 'raise_err', value: false, is: flag },
  { name: 'prepend_path', value: null, is: text },
  { name: 'success_retcodes', value: null },
  { name: 'success_stdout', value: null },
  { name: 'success_stderr', value: null },
  { name: 'stdin_raw_newlines', value: false, is: flag },
  { name: 'windows_codepage', value: 65001n },
];

const SUCCESS = 'success_retcodes success_stdout success_stderr';
const USUAL =
  'cwd stdin runas group shell python_shell env clean_env template rstrip umask output_encoding output_loglevel log_callback hide_output timeout reset_system_locale ignore_retcode saltenv use_vt';

/** What stands at which place when it is given without its name. */
export const PLACES = {
  run: `${USUAL} redirect_stderr bg password encoded_cmd raise_err prepend_path ${SUCCESS}`,
  run_all: `${USUAL} redirect_stderr password encoded_cmd prepend_path ${SUCCESS}`,
  stream: `${USUAL} password prepend_path ${SUCCESS}`,
  shell: `${USUAL.replace(' python_shell', '')} bg password prepend_path ${SUCCESS}`,
  retcode: `${USUAL.replace(' rstrip', '').replace(' hide_output', '')} password ${SUCCESS}`,
  run_bg: `cwd runas group shell python_shell env clean_env template umask timeout output_encoding output_loglevel log_callback reset_system_locale ignore_retcode saltenv password prepend_path ${SUCCESS}`,
  script: `cwd stdin runas group shell python_shell env template umask output_encoding output_loglevel log_callback hide_output timeout reset_system_locale saltenv use_vt bg password ${SUCCESS}`,
  script_retcode: `cwd stdin runas group shell python_shell env template umask timeout reset_system_locale saltenv output_encoding output_loglevel log_callback use_vt password ${SUCCESS}`,
} as const;

export function optionsOf(places: keyof typeof PLACES, defaults: Readonly<Record<string, Value>> = {}): readonly Parameter[] {
  const order = PLACES[places].split(' ');
  const find = (name: string) => OPTIONS.find((option) => option.name === name) as Parameter;
  const own = order.map((name) => (name in defaults ? { ...find(name), value: defaults[name] as Value } : find(name)));
  return [
    ...own,
    ...OPTIONS.filter(({ name }) => !order.includes(name)).map((option) => ({ ...option, keyword: true as const })),
  ];
}
