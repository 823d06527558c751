/**
 * One error type for every room: a code from a closed list, the place, and a hint that can be pasted.
 * Three families and no fourth: the author's (report, don't retry), the world's (back off and go on), ours (fail that record loudly).
 */

export type Family = 'author' | 'world' | 'ours';

/** Every code that Brine can report: `<area>.<name>` → family and what it means. `docs/errors.md` holds the same rows. */
export const codes = {
  // values and texts
  'json.syntax': ['author', 'The text is not JSON.'],
  'json.duplicate_key': ['author', 'A key stands twice in one object.'],
  'json.depth': ['author', 'The text is nested deeper than 64 levels.'],
  'json.encoding': ['author', 'The bytes are not well-formed UTF-8.'],
  'json.unencodable': ['author', 'The value has no JSON form, for example a set that contains itself.'],

  // what comes from outside and does not fit its schema
  'input.schema': ['author', 'A value from outside does not have the form that is wanted.'],
  'event.tag': ['author', 'A tag is empty, longer than 1,024 bytes, or not text.'],
  'event.data': ['author', 'The data of an event is not of a kind that its sender may use.'],
  'event.size': ['author', 'The event is larger than an entry on the bus can be.'],
  'minion.id': ['author', 'A minion id is not of the form [A-Za-z0-9][A-Za-z0-9._-]{0,252}.'],
  'job.jid': ['author', 'A job id is not twenty digits with an optional suffix.'],

  // trust: why a hello, a state, a batch or a job was not believed
  'trust.size': ['author', 'A message or a part of it is larger than its limit.'],
  'trust.schema': ['author', 'A message does not have the form that its kind has.'],
  'trust.version': ['author', 'A message is of a version that is not known here.'],
  'trust.stack': ['author', 'A message was made for another stack.'],
  'trust.relay': ['author', 'A hello was made for another relay.'],
  'trust.session': ['author', 'A hello was made for another session.'],
  'trust.unknown': ['author', 'A batch names a signer whose key is not accepted.'],
  'trust.duplicate': ['author', 'Two hosts use the key of the signer; neither is served until an operator removes one.'],
  'trust.signature': ['author', 'A signature does not hold.'],
  'trust.token': ['author', 'A join token was named without its proof.'],
  'trust.clock': ['author', 'A hello is more than ten minutes away from the platform time.'],
  'trust.certificate': ['author', 'A certificate was not signed by a root that is trusted here.'],
  'trust.certificate_time': ['author', 'A certificate was not good when the thing was signed.'],
  'trust.role': ['author', 'A certificate is for a role that may not sign this.'],
  'trust.hello': ['author', 'A state answers another hello than the last one.'],
  'trust.backwards': ['author', 'A state is more than five minutes older than one that was seen before.'],
  'trust.box': ['author', 'The sealed credentials of a state cannot be opened.'],
  'trust.addressee': ['author', 'A message is addressed to another minion.'],
  'trust.incarnation': ['author', 'A message is for, or from, another incarnation of this minion.'],
  'trust.future': ['author', 'A message says that it was signed more than five minutes from now.'],
  'trust.stale': ['author', 'A batch was signed too long ago.'],
  'trust.expired': ['author', 'The time of a job is over.'],
  'trust.lifetime': ['author', 'A job would live longer than seven days.'],
  'trust.digest': ['author', 'A part is not the one whose digest was signed.'],
  'trust.known': ['author', 'A job id was taken before.'],
  'trust.tag': ['author', 'A signer used a tag that it may not use.'],
  'trust.old': ['author', 'An event is older than thirteen days.'],
  'trust.receipt': ['author', 'The receipt of a return does not belong to its tag or signer.'],
  'trust.identity': ['author', 'The file of an identity key cannot be used.'],
  // the link: why a relay did not take something now
  'link.busy': ['world', 'The relay has too much to do just now; the minion asks again later.'],
  'link.unanswered': ['world', 'The relay or the function behind it did not answer.'],
  'link.relay': ['author', 'The address or the key of a relay is not of its form.'],
  'relay.listen': ['world', 'The relay cannot listen at the address that it was given.'],
  'relay.endpoint': ['world', 'Nothing answers where the relay looks for the event bus.'],
  'relay.settings': ['author', 'A setting of the relay is not of the form that is wanted.'],
  'relay.control': [
    'world',
    'The relay’s control queue is not there: nobody can ring for its minions, which poll plainly meanwhile.',
  ],
  'relay.memory': ['world', 'The relay holds more memory than it may; it ends, to be started again.'],
  'join.form': ['author', 'A join string is not of the form brine1.…'],
  'join.checksum': ['author', 'A join string was cut or mistyped.'],
  'join.expired': ['author', 'A join string is too old to be used.'],

  // YAML
  'yaml.syntax': ['author', 'The text is not YAML.'],
  'yaml.duplicate_key': ['author', 'A key stands twice in one mapping.'],
  'yaml.tag': ['author', 'A tag is unknown, or does not fit the value.'],
  'yaml.key': ['author', 'A key is a list or a mapping.'],
  'yaml.depth': ['author', 'The document is nested too deep or too large.'],

  // settings
  'settings.key': ['author', 'There is no setting of that name.'],
  'settings.value': ['author', 'A setting does not have the form that is wanted.'],

  // projects
  'project.missing': ['author', 'A project, or a file that it needs, does not exist.'],
  'project.unreadable': ['author', 'A file or folder of a project cannot be read.'],
  'project.module': ['author', 'A custom module of a project cannot be made into one file.'],
  'project.too_large': ['author', 'A project has more files than a bundle takes.'],

  // reactor files
  'reactor.config': ['author', 'A reactor configuration is not of a shape that means anything.'],
  'reactor.missing_file': ['author', 'A reactor SLS file does not exist.'],
  'reactor.loop': ['author', 'A chain of reactions was cut because it came back too often.'],
  'reactor.shape': ['author', 'A reactor SLS file, or a reaction in it, is not of the shape that Salt wants.'],
  'reactor.function': ['author', 'A reaction names no function, several, or a type that does not exist.'],
  'reactor.arguments': ['author', 'The arguments of a reaction are not of a form that Salt takes.'],
  'reactor.target': ['author', 'A target is missing or not of its type.'],
  'reactor.requisite': ['author', 'A requisite names nothing, or goes round in a circle.'],
  'reactor.tainted': ['author', 'What a host wrote stands where it could change what runs.'],

  // templates
  'jinja.syntax': ['author', 'A template is not of Jinja.'],
  'jinja.undefined': ['author', 'A template uses a value that is not there.'],
  'jinja.type': ['author', 'A template does with a value what its type does not allow.'],
  'jinja.value': ['author', 'A template gives a function a value that it cannot take.'],
  'jinja.security': ['author', 'A template reaches for what is closed to it.'],
  'jinja.budget': ['author', 'A template takes more steps or makes more text than it may.'],
  'jinja.missing': ['author', 'A template, filter, test or function does not exist.'],
  'jinja.raised': ['author', 'A template ended itself with raise().'],
  // what a check of a project finds before any event
  'lint.accept': ['author', 'A reaction accepts the key of every host that asks.'],
  'lint.arg': ['author', 'A bare text stands where a list of arguments is meant.'],
  'lint.comment': ['author', 'A comment of YAML holds what Jinja runs.'],
  'lint.data': ['author', 'What a host wrote stands in a target.'],
  'lint.duplicate': ['author', 'An entry, a file or an ID stands twice.'],
  'lint.event': ['author', 'The event for a rehearsal is no mapping of tag and data.'],
  'lint.function': ['author', 'A function is not there, or was removed.'],
  'lint.ignored': ['author', 'A key means nothing where it stands.'],
  'lint.loop': ['author', 'A reaction can wake itself.'],
  'lint.minions': ['author', 'The hosts for a rehearsal are not of the form that they have.'],
  'lint.old': ['author', 'A key that Salt has dropped.'],
  'lint.quote': ['author', 'What a host wrote stands in a shell command without quote.'],
  'lint.regex': ['author', 'An expression that can take many steps.'],
  'lint.shape': ['author', 'A template asks an event for what its data does not hold.'],
  'lint.silent': ['author', 'Salt drops something without a word.'],
  'lint.tag': ['author', 'A tag of reactor.conf that nothing fires, or that means less than it looks.'],
  'lint.test': ['author', 'A file of reactor tests is not of the form that they have.'],
  'lint.ttl': ['author', 'A command has no time to live of its own.'],
  'lint.unreachable': ['author', 'A branch is never taken.'],
  'lint.unused': ['author', 'A file that no entry names.'],
  'lint.widened': ['author', 'A glob is wider as an EventBridge pattern than it is.'],
  'sls.empty': ['author', 'An SLS file is nothing but white space.'],
  'sls.renderer': ['author', 'A file asks for a renderer that is not there.'],

  // regular expressions
  'regex.syntax': ['author', 'A regular expression is not one of Python.'],
  'regex.unsupported': ['author', 'A regular expression is too large, or nested too deep.'],
  'regex.steps': ['author', 'A regular expression takes too many steps on a text.'],
  'regex.template': ['author', 'The replacement of a regular expression names a group or an escape that is not there.'],

  // rules and patterns
  'pattern.invalid': ['author', 'An event pattern is not one that EventBridge takes.'],

  // AWS
  'bus.refused': ['world', 'EventBridge did not take an event, also not at the third try.'],
  'bus.missing': ['author', 'The event bus of the stack does not exist.'],

  // files of the project that a job brings to a host
  'file.unknown': ['author', 'No file of the deployed project has the digest that a host asked for.'],
  'file.too_large': ['author', 'A file is larger than a job may bring to a host.'],

  // the agent
  'log.full': ['world', 'The log cannot be written; nothing was accepted.'],
  'agent.running': ['author', 'Another process runs on this directory.'],
  'log.closed': ['world', 'The agent is ending; nothing more is accepted.'],

  // the command line, and what it reaches
  'usage.argument': ['author', 'An argument or option of the command line is not of the form that is wanted.'],
  'system.not_found': ['author', 'There is no running system to act on.'],
  'system.unreachable': ['world', 'The system does not answer at its address.'],
  'system.credentials': ['author', 'No AWS credentials were found, or AWS does not take them.'],
  'system.answer': ['world', 'The operator function gave an answer that is not one of its own.'],
  'key.ambiguous': ['author', 'An id has several keys, and none was named by its fingerprint.'],
  'operator.empty': ['author', 'The target matched no minion; nothing was sent.'],
  'operator.refused': ['author', 'The operator function refused the call; its own sentence says why.'],
  'operator.denied': ['author', 'The operator function denied the call.'],
  'operator.failed': ['world', 'The operator function met a failure of AWS or of its own; its log has it.'],
  'dev.running': ['author', 'Another `brine dev` runs for this project.'],
  'dev.package': ['author', 'A host’s package has no embedded AWS; the whole one has.'],
  'dev.port': ['author', 'The port is in use.'],
  'dev.journal': ['author', 'What the embedded AWS kept in its data directory cannot be read.'],
  'dev.data': ['author', 'Another embedded AWS works with the data directory.'],

  // a broken assumption of Brine itself
  'internal.assumption': ['ours', 'Something that Brine takes for granted does not hold.'],
} as const satisfies Record<string, readonly [Family, string]>;

export type ErrorCode = keyof typeof codes;

export function isCode(text: string): text is ErrorCode {
  return Object.hasOwn(codes, text);
}

/** Where something is: a file with line and column (from 1), or a path into a value such as `delete_file.cmd.cmd.run[0].tgt`. */
export interface Where {
  readonly file?: string;
  readonly line?: number;
  readonly col?: number;
  readonly path?: string;
}

/** `file:line:col`, as far as it is known; a path follows in brackets when a file stands before it. */
export function formatWhere(where: Where): string {
  let text = where.file ?? '';
  if (where.line !== undefined) text += `${text ? ':' : 'line '}${where.line}`;
  if (where.line !== undefined && where.col !== undefined) text += `:${where.col}`;
  if (where.path !== undefined) text += text ? ` (${where.path})` : where.path;
  return text;
}

export interface Problem {
  readonly code: ErrorCode;
  /** What was found and what was wanted, without the place and the hint. */
  readonly text: string;
  readonly where?: Where | undefined;
  readonly hint?: string | undefined;
  /** Other places that belong to it: the caller of a macro, the first of two equal keys. */
  readonly also?: readonly Where[] | undefined;
}

/** `file:line:col: text (hint: …)`: place first, then what was found, what was wanted, and what to do. */
export function formatProblem(problem: Problem): string {
  const place = problem.where ? formatWhere(problem.where) : '';
  const also = (problem.also ?? []).map((w) => `; see ${formatWhere(w)}`).join('');
  const hint = problem.hint ? ` (hint: ${problem.hint})` : '';
  return `${place ? `${place}: ` : ''}${problem.text}${also}${hint}`;
}

export class BrineError extends Error implements Problem {
  readonly code: ErrorCode;
  readonly text: string;
  readonly where: Where | undefined;
  readonly hint: string | undefined;
  readonly also: readonly Where[] | undefined;

  constructor(problem: Problem, options?: { cause?: unknown }) {
    super(formatProblem(problem), options);
    this.name = 'BrineError';
    this.code = problem.code;
    this.text = problem.text;
    this.where = problem.where;
    this.hint = problem.hint;
    this.also = problem.also;
  }

  get family(): Family {
    return codes[this.code][0];
  }
}

/** Ends a `switch` over a union: the compiler refuses it while a case is missing. */
export function never(value: never): never {
  throw new BrineError({ code: 'internal.assumption', text: `unexpected ${String(value)}` });
}
