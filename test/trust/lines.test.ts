/**
 * The check lists of hello, state, batch, event, job and return, line by line, and the test that breaks exactly that line. A row whose test is gone
 * fails, and so does a code of `trust.…` that no line gives.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { codes } from '../../core/errors.ts';

type Line = readonly [line: string, code: string, file: string, test: string];

const LINES: Readonly<Record<string, readonly Line[]>> = {
  'what is signed': [
    ['each part with its length before it', '', 'trust/keys', 'no two lists of parts have one transcript'],
    [
      'a signature is of its key, its bytes and its spelling',
      '',
      'trust/keys',
      'a signature holds for its key, its bytes and no other',
    ],
    ['keys and signatures have one spelling', '', 'trust/keys', 'base64url has one spelling'],
    ['verified before it is parsed', 'trust.signature', 'trust/job', 'a flipped byte in the head'],
    ['one decoder: no key twice', 'trust.schema', 'trust/hello', 'a key twice'],
    ['one decoder: depth, syntax, prototypes', '', 'core/json', 'keeps what JavaScript would lose'],
    ['a minion id of its letters', 'trust.schema', 'trust/hello', 'an id that is none'],
    ['a tag of 1 to 1,024 bytes', '', 'trust/tags', '1 byte and 1,024 bytes are'],
    ['the one tag rule', '', 'trust/tags', 'under salt/ nothing is a host’s that does not name it, whatever the tag'],
    [
      'platform time is learned in less than 30 seconds',
      '',
      'trust/keys',
      'platform time is learned from an answer that came soon enough',
    ],
    ['a refused message is deleted', '', 'agent/dispatch', 'what is refused is deleted from the queue'],
    ['at most one event a minute per code', '', 'agent/closing', 'refusals are one event a minute for each code'],
  ],
  keys: [
    [
      'the identity is the host’s alone, mode 0600',
      'trust.identity',
      'trust/keys',
      'an identity is made once, readable by its owner alone, and stays',
    ],
    ['root jobs: reactor, runner and operator', 'trust.role', 'trust/job', 'a role that signs no jobs'],
    ['root enroll: enroll, answers and salt/auth', 'trust.tag', 'trust/batch', 'enroll says salt/auth and nothing else'],
    ['root enroll signs no job', 'trust.certificate', 'trust/job', 'the root enroll'],
    ['root jobs signs no answer', 'trust.certificate', 'trust/state', 'the root jobs'],
    ['a certificate lives an hour at most', 'trust.certificate_time', 'trust/job', 'a certificate for longer than an hour'],
    ['good from', 'trust.certificate_time', 'trust/job', 'a certificate that was not yet good'],
    ['good to', 'trust.certificate_time', 'trust/job', 'a certificate that was over'],
    ['the key’s own policy names its roles', '', 'contract/roles', 'a key is used by those whom its policy names'],
  ],
  link: [
    [
      'a session is 16 bytes, and read by its host alone',
      '',
      'relay/strangers',
      'subscriptions to the empty and to each one-byte prefix read nothing of another session',
    ],
    [
      'unknown kinds are dropped and counted',
      '',
      'relay/strangers',
      'frames of any number and size on a PUSH of one’s own are dropped and counted',
    ],
    ['sizes of each frame', '', 'wire/frames', 'frames in any number and of any content are a message or are dropped'],
    ['max_sessions', '', 'relay/forgeries', 'more sessions than there may be'],
    ['one hello under way a session', 'link.busy', 'relay/forgeries', 'a hello while one is with enroll is busy'],
    ['ten strangers a second', 'link.busy', 'relay/forgeries', 'strangers are asked after ten hellos a second'],
    ['one batch and so many events a session', 'link.busy', 'relay/forgeries', 'one batch a session and so many events a second'],
  ],
  'hello, at the relay': [
    ['size of the text', 'trust.size', 'trust/hello', 'a text above 4 KB'],
    ['size of the grains', 'trust.size', 'trust/hello', 'grains above 64 KB'],
    ['schema', 'trust.schema', 'trust/hello', 'a member too many'],
    ['v', 'trust.version', 'trust/hello', 'a later version'],
    ['stack', 'trust.stack', 'trust/hello', 'another stack'],
    ['relay is my key', 'trust.relay', 'trust/hello', 'another relay’s'],
    ['session is this topic', 'trust.session', 'trust/hello', 'another session’s'],
    ['sig', 'trust.signature', 'trust/hello', 'another’s signature'],
    ['id', 'trust.signature', 'trust/hello', 'another’s id under its own signature'],
    ['digest of the grains', 'trust.digest', 'trust/hello', 'grains that were stripped'],
    ['the token’s proof', 'trust.token', 'trust/hello', 'a token without its proof'],
  ],
  'hello, at enroll': [
    ['believes nothing of the relay: schema', 'trust.schema', 'functions/enroll', 'schema: no frames of a hello'],
    ['stack', 'trust.stack', 'functions/enroll', 'stack: another'],
    ['sig', 'trust.signature', 'functions/enroll', 'sig: a flipped byte'],
    ['at within ten minutes', 'trust.clock', 'functions/enroll', 'clock: eleven minutes ago'],
    ['this id with this key', '', 'functions/enroll', 'registry: this id, this key'],
    ['this id with another key', '', 'functions/enroll', 'registry: this id, another key'],
    ['a key that was rejected', '', 'functions/enroll', 'registry: this id and key rejected'],
    ['token: known', '', 'functions/enroll', 'token: unknown'],
    ['token: not expired', '', 'functions/enroll', 'token: expired'],
    ['token: unused or used by this key', '', 'functions/enroll', 'token: used by another key'],
    ['token: its glob', '', 'functions/enroll', 'token: for other ids'],
    ['token: its proof', 'trust.token', 'functions/enroll', 'token: without its proof'],
    ['five candidates an id', '', 'functions/enroll', 'candidates: five of this id'],
    ['1,000 candidates in all', '', 'functions/enroll', 'candidates: 1,000 in all'],
    ['nobody can occupy a name', '', 'functions/enroll', 'an accepted id takes no more candidates than another'],
    [
      'each change, and only a change, is one salt/auth',
      '',
      'functions/enroll',
      'each change, and only a change, is one salt/auth signed by enroll',
    ],
    ['a new boot supersedes', '', 'functions/enroll', 'a new boot supersedes the run'],
    ['a superseded run later than its end', 'trust.duplicate', 'functions/enroll', 'a superseded run that says hello again'],
    ['neither is served', '', 'relay/sessions', 'neither is served'],
    [
      'grains are stored only of an accepted host',
      '',
      'functions/enroll',
      'grains of a host that nobody accepted are not stored',
    ],
    ['nothing is inherited under an old name', '', 'trust/keys', 'a queue belongs to an id, a key and an incarnation'],
    ['nor by a hello that is played again', '', 'functions/enroll', 'a hello from before a host was rebuilt, played again'],
    [
      'one hour, that queue, receive and delete',
      '',
      'contract/trust',
      'the credentials last an hour at most, and receive and delete on that queue',
    ],
  ],
  'state, at the minion': [
    ['sizes', 'trust.size', 'trust/state', 'a text above its limit'],
    ['certificate under root enroll', 'trust.certificate', 'trust/state', 'a root that is not pinned'],
    ['of the role enroll', 'trust.role', 'trust/state', 'the other root’s role'],
    ['good at the answer’s now', 'trust.certificate_time', 'trust/state', 'a certificate that was over'],
    ['sig over the text', 'trust.signature', 'trust/state', 'a relay’s own words'],
    ['sig over the box', 'trust.signature', 'trust/state', 'another’s box'],
    ['hello is the one that it sent last', 'trust.hello', 'trust/state', 'an answer to another hello'],
    ['now is not five minutes back', 'trust.backwards', 'trust/state', 'an answer of long ago'],
    ['the box opens', 'trust.box', 'trust/state', 'a box for another key'],
    [
      'nothing that a relay says ends the agent',
      '',
      'relay/forgeries',
      'a stolen relay that forges states, bells, hints and garbage ends nothing and gives nothing',
    ],
    ['after again no batch before a hello', '', 'relay/forgeries', 'after again no batch is taken before a hello is answered'],
  ],
  'batch, at the relay': [
    ['session accepted', '', 'relay/forgeries', 'a batch of a session that nobody accepted asks for a hello'],
    ['seq not below the acknowledged', '', 'relay/forgeries', 'a batch that was acknowledged is acknowledged again and put once'],
    ['sig', 'trust.signature', 'relay/forgeries', 'a flipped byte in the body'],
    ['decode', 'trust.schema', 'relay/forgeries', 'no events'],
    ['mayEmit', 'trust.tag', 'relay/forgeries', 'another’s tag'],
    ['ack when EventBridge has taken it', '', 'agent/link/link', 'acknowledges only what EventBridge has taken'],
    ['given up after ten minutes', '', 'relay/uplink', 'after ten minutes a batch is given up'],
    ['sent again is signed again', '', 'relay/forgeries', 'the batch is signed and sent again'],
    ['older than 13 days: set aside', 'trust.old', 'agent/link/link', 'an event of more than thirteen days is not sent'],
  ],
  'events, at reactor and recorder': [
    ['schema', 'input.schema', 'journey/forgeries', 'no batch at all'],
    ['size', 'trust.size', 'trust/batch', 'a body above 256 KB'],
    ['signer accepted', 'trust.unknown', 'journey/forgeries', 'a signer whom nobody accepted'],
    ['its incarnation', 'trust.incarnation', 'journey/forgeries', 'another incarnation’s'],
    ['not duplicate', 'trust.duplicate', 'journey/forgeries', 'one of two hosts with one key'],
    ['sig', 'trust.signature', 'journey/forgeries', 'a byte flipped in the body'],
    ['at not two hours ago', 'trust.stale', 'trust/batch', 'a relay’s replay after three hours'],
    [
      'an operator’s replay: 13 days',
      'trust.stale',
      'journey/forgeries',
      'a dead letter: an operator may have it taken after three hours, nobody after fifteen days',
    ],
    ['at not five minutes ahead', 'trust.future', 'trust/batch', 'six minutes from now'],
    ['decode', 'trust.schema', 'trust/batch', 'an event that is none'],
    ['mayEmit', 'trust.tag', 'trust/batch', 'others’ tags'],
    ['stamp at most 13 days old', 'trust.old', 'trust/batch', 'an event of fourteen days ago'],
    ['an event is planned once', '', 'journey/forgeries', 'a batch: at once it is the same plan'],
    ['what the master writes', '', 'journey/forgeries', 'an event: id, _stamp, tag and cmd are the platform’s'],
    [
      'a cause may raise hops',
      '',
      'journey/forgeries',
      'a cause: it may raise the hops of its event, and a return keeps those of its job',
    ],
    ['a relay does not speak for the platform', '', 'journey/forgeries', 'a relay cannot speak for the platform'],
  ],
  'job, at the minion': [
    ['size', 'trust.size', 'trust/job', 'a message above 1 MiB'],
    ['certificate under root jobs', 'trust.certificate', 'trust/job', 'a certificate of another root'],
    ['sig', 'trust.signature', 'trust/job', 'a flipped byte in the signature'],
    ['id', 'trust.addressee', 'trust/job', 'another id’s job'],
    ['incarnation', 'trust.incarnation', 'trust/job', 'another incarnation’s'],
    ['at not five minutes ahead', 'trust.future', 'trust/job', 'a job of the future'],
    ['now before expires', 'trust.expired', 'trust/job', 'an expired job'],
    ['expires seven days after at', 'trust.lifetime', 'trust/job', 'a job that lives too long'],
    ['digest of body', 'trust.digest', 'trust/job', 'another body'],
    ['jid unknown', 'trust.known', 'trust/job', 'a job id that was taken'],
    ['kept eight days after expires', '', 'agent/log/log', 'its jid is known eight days longer than it lives'],
    ['parse', 'trust.schema', 'trust/job', 'a body that cannot be read although it was signed'],
    ['allow', 'job.not_allowed', 'agent/dispatch', 'a function outside of its allow list'],
    ['target', 'job.not_meant', 'agent/dispatch', 'another target'],
    ['the runner’s are checked alike', 'trust.addressee', 'journey/forgeries', 'the runner takes no host’s job'],
    [
      'a file by its digest',
      '',
      'journey/custom',
      'a file that is no longer the one on disk is asked for anew, and never believed',
    ],
  ],
  'return, at reactor and recorder': [
    ['certificate', 'trust.certificate', 'journey/forgeries', 'a receipt of its own making'],
    ['sig', 'trust.signature', 'trust/job', 'with a changed head is none'],
    ['id is the signer’s', 'trust.receipt', 'trust/job', 'of another host'],
    ['incarnation is the signer’s', 'trust.receipt', 'trust/job', 'of another incarnation'],
    ['tag is the job’s', 'trust.receipt', 'trust/job', 'for another job'],
    ['without one it answers nothing', '', 'journey/forgeries', 'a return without a receipt answers nothing'],
    ['the first return stays', '', 'journey/forgeries', 'the recorder keeps the first'],
  ],
  'acceptance and join': [
    [
      'of an id and a fingerprint',
      '',
      'journey/keys',
      'two hosts under one name: the id alone is not enough, the fingerprint is',
    ],
    ['by the salt/auth that caused it', '', 'journey/forgeries', 'a reaction accepts the key of that very event'],
    ['no glob', '', 'journey/forgeries', 'a glob accepts nobody, not even the host that asked'],
    ['by no host’s event', '', 'journey/forgeries', 'a host’s event accepts nobody'],
    ['the join string is whole and not too old', '', 'trust/keys', 'a join string that is %s is refused with what to do'],
  ],
  'people and AWS': [
    ['a direct call names nobody', '', 'journey/forgeries', 'a direct call of the operator function under another’s name'],
    ['the relay’s two Sources', '', 'infra/stack', "the relay's events carry its two Sources, and none without one passes"],
    ['each role does what its row says', '', 'infra/stack', '%s may do what the table says and nothing else'],
    ['and is denied the rest', '', 'contract/roles', "'relay', 'reads a host’s queue'"],
    [
      'a host reads its own queue alone',
      '',
      'journey/forgeries',
      'a minion that reads, deletes from or sends to another’s queue',
    ],
  ],
};

const rows = Object.entries(LINES).flatMap(([list, lines]) => lines.map((line) => [list, ...line] as const));

it.each(rows)('%s: %s %s', (_list, _line, code, file, test) => {
  const text = readFileSync(join(import.meta.dirname, '..', `${file}.test.ts`), 'utf8');
  expect(text).toContain(test);
  // Where a refusal has a code, the test names it.
  if (code.startsWith('trust.')) expect(text.includes(code) || file === 'functions/enroll').toBe(true);
});

it('no code of trust is without a line', () => {
  const given = new Set(rows.map(([, , code]) => code));
  const all = Object.keys(codes).filter((code) => code.startsWith('trust.'));
  expect(all.filter((code) => !given.has(code))).toEqual([]);
});
