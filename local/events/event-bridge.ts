/** EventBridge, the classic bus: rules with patterns, targets with retries and dead letters, PutEvents that is on disk before it is acknowledged. */
import { randomUUID } from 'node:crypto';
import type { Access } from '../iam/access.ts';
import type { Lambda } from '../lambda/lambda.ts';
import { AwsError, type Caller, type Service, type ServiceRequest } from '../service.ts';
import type { Sqs } from '../sqs/sqs.ts';
import { type Journal, noJournal } from '../store/journal.ts';
import { deliver } from './delivery.ts';
import { type Entry, type EventText, eventOf, refusalOf, sizeOf } from './entry.ts';
import { checkTarget, type Target } from './input.ts';
import { OPERATIONS } from './operations.ts';
import { compilePattern, type Rule, type SavedRule, saved } from './rule.ts';

type EventsRecord =
  | { readonly op: 'bus'; readonly name: string; readonly gone?: boolean }
  | { readonly op: 'rule'; readonly rule: SavedRule }
  | { readonly op: 'unruled'; readonly bus: string; readonly name: string };

export interface EventBridgeOptions {
  readonly account: string;
  readonly region: string;
  readonly access: Access;
  readonly sqs: Sqs;
  readonly lambda: Lambda;
  /** The share of deliveries that are made twice; at-least-once is what AWS promises. */
  readonly duplicates: () => boolean;
}

const BUSES = 100;
const WILDCARD_RULES = 30;
const RULES = 300;
const TARGETS = 5;
const PATTERN = 2048;
const ENTRIES = 10;
const TOTAL = 1_048_576;

export class EventBridge implements Service {
  readonly name = 'events';
  journal: Journal = noJournal;
  readonly #options: EventBridgeOptions;
  readonly #buses = new Map<string, Map<string, Rule>>([['default', new Map()]]);

  constructor(options: EventBridgeOptions) {
    this.#options = options;
  }

  async handle(request: ServiceRequest) {
    const operation = OPERATIONS[request.operation];
    if (!operation)
      throw new AwsError('UnknownOperationException', `EventBridge here has no ${request.operation}`, { status: 404 });
    return { body: (await operation(this, request)) ?? {} };
  }

  busArn(name: string): string {
    return `arn:aws:events:${this.#options.region}:${this.#options.account}:event-bus/${name}`;
  }

  authorize(caller: Caller, action: string, resource: string, context: Record<string, string | readonly string[]> = {}): void {
    this.#options.access.authorize(caller, { action: `events:${action}`, resource, context });
  }

  rulesOf(input: ServiceRequest['input']): { bus: string; rules: Map<string, Rule> } {
    const bus = nameOf(input.EventBusName);
    const rules = this.#buses.get(bus);
    if (!rules) throw new AwsError('ResourceNotFoundException', `Event bus ${bus} does not exist.`);
    return { bus, rules };
  }

  ruleOf(input: ServiceRequest['input'], key: 'Name' | 'Rule'): Rule {
    const { bus, rules } = this.rulesOf(input);
    const rule = rules.get(String(input[key]));
    if (!rule) throw new AwsError('ResourceNotFoundException', `Rule ${String(input[key])} does not exist on EventBus ${bus}.`);
    return rule;
  }

  async createBus(request: ServiceRequest) {
    const name = String(request.input.Name ?? '');
    if (!/^[A-Za-z0-9._/-]{1,256}$/.test(name))
      throw new AwsError('ValidationException', `Value '${name}' at 'name' failed to satisfy constraint`);
    this.authorize(request.caller, 'CreateEventBus', this.busArn(name));
    if (this.#buses.size >= BUSES)
      throw new AwsError('LimitExceededException', `The maximum number of event buses in an account is ${BUSES}.`);
    if (this.#buses.has(name)) throw new AwsError('ResourceAlreadyExistsException', `Event bus ${name} already exists.`);
    await this.#write({ op: 'bus', name });
    return { EventBusArn: this.busArn(name) };
  }

  async deleteBus(request: ServiceRequest) {
    const name = String(request.input.Name ?? '');
    this.authorize(request.caller, 'DeleteEventBus', this.busArn(name));
    if ((this.#buses.get(name)?.size ?? 0) > 0) throw new AwsError('ValidationException', `EventBus ${name} has rules.`);
    if (this.#buses.has(name)) await this.#write({ op: 'bus', name, gone: true });
    return {};
  }

  describeBus(request: ServiceRequest) {
    const { bus } = this.rulesOf({ EventBusName: request.input.Name });
    this.authorize(request.caller, 'DescribeEventBus', this.busArn(bus));
    return { Name: bus, Arn: this.busArn(bus) };
  }

  listBuses() {
    return { EventBuses: [...this.#buses.keys()].map((name) => ({ Name: name, Arn: this.busArn(name) })) };
  }

  async putRule(request: ServiceRequest) {
    const { bus, rules } = this.rulesOf(request.input);
    const input = request.input as { Name?: string; EventPattern?: string; State?: string; Description?: string };
    const name = input.Name ?? '';
    if (!/^[A-Za-z0-9._-]{1,64}$/.test(name))
      throw new AwsError(
        'ValidationException',
        `1 validation error detected: Value '${name}' at 'name' failed to satisfy constraint`,
      );
    const arn = `arn:aws:events:${this.#options.region}:${this.#options.account}:rule/${bus}/${name}`;
    this.authorize(request.caller, 'PutRule', arn);
    if (typeof input.EventPattern !== 'string')
      throw new AwsError('ValidationException', 'Parameter(s) EventPattern must be specified.');
    if (input.EventPattern.length > PATTERN)
      throw new AwsError('LimitExceededException', `Event pattern is longer than ${PATTERN} characters.`);
    const compiled = compilePattern(input.EventPattern);
    if (!rules.has(name) && rules.size >= RULES)
      throw new AwsError('LimitExceededException', 'The requested resource exceeds the maximum number allowed.');
    const wild = [...rules.values()].filter((rule) => rule.name !== name && rule.compiled.hasWildcard).length;
    if (compiled.hasWildcard && wild >= WILDCARD_RULES) {
      throw new AwsError(
        'LimitExceededException',
        `The maximum number of rules with wildcards on an event bus is ${WILDCARD_RULES}.`,
      );
    }
    const targets = [...(rules.get(name)?.targets.values() ?? [])];
    await this.#write({
      op: 'rule',
      rule: {
        bus,
        name,
        arn,
        pattern: input.EventPattern,
        enabled: input.State !== 'DISABLED',
        description: input.Description,
        targets,
      },
    });
    return { RuleArn: arn };
  }

  async deleteRule(request: ServiceRequest) {
    const { bus, rules } = this.rulesOf(request.input);
    const rule = rules.get(String(request.input.Name));
    if (!rule) return {};
    this.authorize(request.caller, 'DeleteRule', rule.arn);
    if (rule.targets.size > 0) throw new AwsError('ValidationException', "Rule can't be deleted since it has targets.");
    await this.#write({ op: 'unruled', bus, name: rule.name });
    return {};
  }

  async enable(request: ServiceRequest, enabled: boolean) {
    const rule = this.ruleOf(request.input, 'Name');
    this.authorize(request.caller, enabled ? 'EnableRule' : 'DisableRule', rule.arn);
    rule.enabled = enabled;
    await this.#save(rule);
    return {};
  }

  async putTargets(request: ServiceRequest) {
    const rule = this.ruleOf(request.input, 'Rule');
    this.authorize(request.caller, 'PutTargets', rule.arn);
    const targets = (request.input.Targets ?? []) as Target[];
    if (targets.length === 0 || targets.length > 10) throw new AwsError('ValidationException', 'Targets has 1 to 10 members');
    const ids = new Set([...rule.targets.keys(), ...targets.map((target) => target.Id)]);
    for (const target of targets) checkTarget(target);
    if (ids.size > TARGETS)
      throw new AwsError(
        'LimitExceededException',
        `The requested resource exceeds the maximum number allowed: a rule has at most ${TARGETS} targets.`,
      );
    for (const target of targets) rule.targets.set(target.Id, target);
    await this.#save(rule);
    return { FailedEntryCount: 0, FailedEntries: [] };
  }

  async removeTargets(request: ServiceRequest) {
    const rule = this.ruleOf(request.input, 'Rule');
    this.authorize(request.caller, 'RemoveTargets', rule.arn);
    for (const id of (request.input.Ids ?? []) as string[]) rule.targets.delete(id);
    await this.#save(rule);
    return { FailedEntryCount: 0, FailedEntries: [] };
  }

  async putEvents(request: ServiceRequest) {
    const entries = (request.input.Entries ?? []) as Entry[];
    if (entries.length < 1 || entries.length > ENTRIES) {
      throw new AwsError(
        'ValidationException',
        `1 validation error detected: Value '[${entries.length} entries]' at 'entries' failed to satisfy constraint: Member must have length less than or equal to ${ENTRIES}`,
      );
    }
    if (entries.reduce((sum, entry) => sum + sizeOf(entry), 0) >= TOTAL) {
      throw new AwsError('ValidationException', 'Total size of the entries in the request is over the limit.');
    }
    const results = await Promise.all(entries.map((entry) => this.#putEntry(request.caller, entry)));
    return { FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results };
  }

  async #putEntry(caller: Caller, entry: Entry): Promise<object> {
    const bus = nameOf(entry.EventBusName);
    const refused = refusalOf(entry);
    if (refused) return refused;
    const context = { 'events:source': [entry.Source as string], 'events:detail-type': [entry.DetailType as string] };
    this.authorize(caller, 'PutEvents', this.busArn(bus), context);
    const id = randomUUID();
    const rules = this.#buses.get(bus);
    // An unknown bus takes the event and drops it in silence, as on AWS.
    if (!rules) return { EventId: id };
    await this.#deliver(rules, eventOf(entry, { ...this.#options, id }));
    return { EventId: id };
  }

  async #deliver(rules: ReadonlyMap<string, Rule>, event: EventText): Promise<void> {
    const { sqs, lambda, duplicates } = this.#options;
    const toBus = (bus: string, passed: EventText) => this.#deliver(this.#buses.get(bus) ?? new Map(), passed);
    const deliveries: Promise<void>[] = [];
    for (const rule of rules.values()) {
      if (!rule.enabled || !rule.compiled.matches(event.event)) continue;
      for (const target of rule.targets.values()) {
        const times = duplicates() ? 2 : 1;
        for (let i = 0; i < times; i += 1) deliveries.push(deliver({ ruleArn: rule.arn, target, event }, { sqs, lambda, toBus }));
      }
    }
    await Promise.all(deliveries);
  }

  apply(record: EventsRecord): void {
    if (record.op === 'bus') {
      if (record.gone) this.#buses.delete(record.name);
      else if (!this.#buses.has(record.name)) this.#buses.set(record.name, new Map());
    } else if (record.op === 'unruled') this.#buses.get(record.bus)?.delete(record.name);
    else {
      const { targets, ...rule } = record.rule;
      this.#buses.get(rule.bus)?.set(rule.name, {
        ...rule,
        compiled: compilePattern(rule.pattern),
        targets: new Map(targets.map((target) => [target.Id, target])),
      });
    }
  }

  *snapshot(): Iterable<EventsRecord> {
    for (const [name, rules] of this.#buses) {
      yield { op: 'bus', name };
      for (const rule of rules.values()) yield { op: 'rule', rule: saved(rule) };
    }
  }

  async #write(record: EventsRecord): Promise<void> {
    await this.journal.append(record);
    this.apply(record);
  }

  #save(rule: Rule): Promise<void> {
    return this.journal.append({ op: 'rule', rule: saved(rule) } satisfies EventsRecord);
  }
}

function nameOf(bus: unknown): string {
  return typeof bus === 'string' && bus !== '' ? (bus.split('event-bus/').at(-1) as string) : 'default';
}
