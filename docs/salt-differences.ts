/** What `brine` prints otherwise than `salt` on purpose: rows of docs/coming-from-salt.md. test/cli/salt.test.ts knows them by name and fails when one stops differing. */

export interface Difference {
  /** What Salt 3008.5 does. */
  readonly salt: string;
  readonly brine: string;
  readonly why: string;
}

export const DIFFERENCES = {
  silent: {
    salt: '`Minion did not return. [No response]`, and to look with `salt-run jobs.lookup_jid`',
    brine:
      'the same, with the reason on a line of its own (never enrolled, key waits, key rejected, away), and to look with `brine jobs show`',
    why: 'the platform knows the reason',
  },
  static_silent: {
    salt: '`--static` leaves out a minion that is down, and exits 0',
    brine: 'it is named like without `--static`; exit status 1',
    why: 'a host that is down is never left out',
  },
  failed: {
    salt: 'exit status 0 for: `cmd.run` that hit its `timeout`, `--static` with return codes, an unknown runner function or one with wrong arguments, an unknown nodegroup, a comma-joined call with an unknown function, `--async` whose target matched nobody',
    brine: 'exit status 1 (2 where nobody matched)',
    why: 'what failed never exits 0',
  },
  key_nothing: {
    salt: 'a glob that hits no key: exit status 0; of `-d` it says that it looked at the unaccepted keys alone, and has looked at all',
    brine: 'exit status 2; of `delete`: `does not match any minion keys`',
    why: 'what failed never exits 0',
  },
  fingerprint: {
    salt: 'SHA-256 of a PEM file in colon-hex; the master’s own keys too (`Local Keys:`)',
    brine: '`SHA256:` and base64 of the host’s Ed25519 key, the same on both sides; there is no master',
    why: 'it is another kind of key',
  },
  batch: {
    salt: '`--batch` prints `jid` and `retcode` as if they were minions, also as JSON, and the next window before the return that made room for it; one jid for all windows',
    brine: 'returns alone, in order of arrival; a job of its own for each window; `--batch 0` is refused',
    why: 'each window is a call of its own, so that Ctrl-C stops the next one',
  },
  outputter: {
    salt: 'an unknown `--out` (in 3008 also `quiet`, `newline_values_only`) prints nested and an error line for each minion; exit status 0',
    brine:
      'is refused with the nearest name before anything is sent, exit status 64; `quiet` prints nothing, `jsonl` an object a line; `key` and `no_return` are not offered',
    why: 'a script that reads JSON must not be given something else',
  },
  usage: {
    salt: 'the whole help on standard output or two lines of usage; exit status 42 without target or function, or without the arguments of each of several functions, 64 for an unknown option',
    brine: 'one line, with the nearest option; exit status 64. A negative number is an argument, not an option',
    why: 'one line can be read',
  },
  version: {
    salt: '`salt 3008.5 (Argon)`; `test.version` is Salt’s',
    brine: '`brine 0.1.0`; `test.version` is Brine’s',
    why: 'it is another program',
  },
  docs: {
    salt: 'docstrings of Salt’s modules (`sys.doc`, `-d`, below `Passed invalid arguments`)',
    brine: 'Brine’s own, in the same form, with `brine run` in the example',
    why: 'they say what Brine does',
  },
  traceback: {
    salt: '`The minion function caused an exception: ` and a Python traceback',
    brine: 'the same words, the name of the exception and its message; a value of the wrong type is named with what was wanted',
    why: 'there is no Python, and a traceback shows paths of the host',
  },
  logs: {
    salt: '`salt-call` writes the minion’s log of a failed command (`[ERROR   ] Command …`) to standard error',
    brine: 'the agent’s log has it; `brine call` prints the return alone',
    why: 'the function runs in the agent, whose log is its own',
  },
  states: {
    salt: '`state.*`',
    brine: "`'state.apply' is not available.`",
    why: 'Brine runs functions; it has no state compiler. A module of a few lines hands `state.apply` to the Salt that is installed on a host (docs/custom-modules.md); the `highstate` outputter is Salt’s',
  },
  suggestion: {
    salt: 'an unknown function, host, grain or key is not available or matches nobody',
    brine: 'the same on standard output; on standard error also `did you mean test.ping?`',
    why: 'most of them are typing errors',
  },
  word: {
    salt: 'a bare `>`, `>-` or `|-` becomes an empty text',
    brine: 'it is the text that was typed',
    why: 'YAML drops it by accident',
  },
  comma: { salt: '`-L web1,` matches nobody', brine: 'matches web1', why: 'a comma too many names no host' },
  events: {
    salt: '`state.event` ends with a line `None`; a job fires `/publish` too',
    brine: '`brine events` prints events alone; there is no `/publish`, and no `pretag: null` in what a job of a host fired',
    why: 'the line is an accident; what is sent to hosts is signed for each of them and is on no bus',
  },
  reactor_list: {
    salt: '`reactor.list` without a reactor is a traceback, exit status 1',
    brine: 'an empty list',
    why: 'there is always a reactor; it may have no entries',
  },
  runner_jobs: {
    salt: '`jobs.list_jobs` lists calls of runner functions too',
    brine: 'jobs that were sent to minions',
    why: 'a runner call has no minions that could answer',
  },
  summary: {
    salt: '`--summary` with `--static`, `--batch` or `--subset` counts nothing; `--subset -v` names two jobs; `-p` where the output is no terminal prints no returns',
    brine: 'counted, one job, returns printed',
    why: 'an option that was given is obeyed',
  },
  modules: {
    salt: 'about 700 execution modules and 40 runner modules (`pillar`, `mine`, `timezone`, `hosts`, `salt.cmd`, `error.error` …), and more functions in those that Brine has too',
    brine: "`'pillar.get' is not available.`, exit status 1; `sys.list_functions` and `doc.runner` list what there is",
    why: 'they are functions of daily use; a module of your own goes into `srv/salt/_modules`',
  },
  settings: {
    salt: '`config.get` and `test.get_opts` show the options of Salt’s minion, the master’s too',
    brine: 'the settings of Brine’s minion',
    why: 'they are other options',
  },
  limits: {
    salt: '`file.*` reads, writes and removes anywhere',
    brine:
      'below the directories that `file_read`, `file_write` and `file_remove` in the minion’s settings name; else an error that names them',
    why: 'a reaction that went wrong must not take the host with it',
  },
  values: {
    salt: 'an argument of the wrong type fails somewhere inside: a traceback, `False`, or the shell’s own complaint (`cmd.run null`, `cmd.run "{a: b}"`, `match.ipcidr bad`, `event.send \'\'` gives True)',
    brine: '`ERROR executing …`: which argument, what was wanted, what was found',
    why: 'it is said before anything runs',
  },
  sudo: {
    salt: '`cmd.run … group=G` and `runas` want `sudo` on the host',
    brine: 'the agent changes user and group itself',
    why: 'it runs as root where it may do so',
  },
  exit_success: {
    salt: '`jobs.exit_success` is True for every return that is true in Python, that of a failed command too',
    brine: 'True where the return code is 0',
    why: 'it is what the name says',
  },
  several: {
    salt: 'a comma-joined call has a return code for each function; `salt-call` takes none',
    brine: 'one return code, the highest; `brine call` takes them too',
    why: 'a job fails or it does not',
  },
  jobs_search: {
    salt: '`jobs.list_jobs search_function=…` ends in `expected str, bytes or os.PathLike object, not list`',
    brine: 'lists them',
    why: 'an accident of 3008.5',
  },
  progress: {
    salt: '`display_progress=True` prints events of the lookup',
    brine: 'taken and without effect; `test.stream` and others that report progress print it',
    why: 'a lookup takes no time here',
  },
  glob_comma: {
    salt: '`salt web1,db1 test.ping` expects both and nobody answers; `-C M@web1` likewise',
    brine: '`No minions matched the target`, and `did you mean -L web1,db1?`; `M@web1` is web1',
    why: 'a comma is no part of a glob',
  },
  log_level: {
    salt: '`-l LEVEL` writes the log to standard error; `-u`, `--user` run as somebody else',
    brine: '`-l` is taken and without effect; there is no `--user`',
    why: 'an agent’s log is its own: `brine minion logs`',
  },
  order: {
    salt: '`--preview-target` of a compound target, `--batch` and mappings by host in the order of a hash table',
    brine: 'by name, of a list as it was typed',
    why: 'the same call prints the same',
  },
  call_files: {
    salt: '`salt-call saltutil.sync_*` and `cmd.script salt://…` fetch files',
    brine: '`brine call` cannot; `brine run` does',
    why: 'a host takes files only that a signed job names by digest',
  },
} as const satisfies Readonly<Record<string, Difference>>;

export type DifferenceName = keyof typeof DIFFERENCES;
