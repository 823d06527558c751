/** EventBridge, the classic bus: rules with patterns, targets with retries and dead letters, PutEvents that is on disk before it is acknowledged. */
import { randomUUID } from 'node:crypto';
import { type Faults, throttled } from '../faults.ts';
import type { Access } from '../iam/access.ts';
import type { Lambda } from '../lambda/lambda.ts';
import { AwsError, type Caller, type Service, type ServiceRequest } from '../service.ts';
import type { Sqs } from '../sqs/sqs.ts';
import { type Journal, noJournal } from '../store/journal.ts';
import { type Permission, permitted, withdrawn } from './bus-policy.ts';
import { Deliveries, type DeliveryRecord } from './delivery.ts';
import { type Entry, type EventText, eventOf, refusalOf, sizeOf } from './entry.ts';
import type { Target } from './input.ts';
import { OPERATIONS } from './operations.ts';
import {
  type BusName,
  checkPlace,
  checkRule,
  checkTargets,
  compilePattern,
  type NamedRule,
  type Rule,
  type RuleInput,
  type Rules,
  type SavedRule,
  saved,
} from './rule.ts';

type EventsRecord =
  | { readonly op: 'bus'; readonly name: string; readonly gone?: boolean }
  | { readonly op: 'policy'; readonly bus: string; readonly policy: string | null }
  | { readonly op: 'rule'; readonly rule: SavedRule }
  | { readonly op: 'unruled'; readonly bus: string; readonly name: string }
  | DeliveryRecord;

export interface EventBridgeOptions {
  readonly account: string;
  readonly region: string;
  readonly access: Access;
  readonly sqs: Sqs;
  readonly lambda: Lambda;
  /** Whether a delivery is made twice; at-least-once is what AWS promises. */
  readonly duplicates: () => boolean;
  readonly faults: Faults;
  readonly next: () => number;
  readonly retryScale: number;
}

const BUSES = 100;
const ENTRIES = 10;
const TOTAL = 1_048_576;

export class EventBridge implements Service {
  readonly name = 'events';
  journal: Journal = noJournal;
  readonly #options: EventBridgeOptions;
  readonly #buses = new Map<string, Rules>([['default', new Map()]]);
  /** Bus → its own policy's text. */
  readonly #policies = new Map<string, string>();
  readonly deliveries: Deliveries;

  constructor(options: EventBridgeOptions) {
    this.#options = options;
    this.deliveries = new Deliveries({
      ...options,
      // One hop from bus to bus: two buses that send to each other would never end.
      toBus: (bus, event) => this.#deliver(this.#buses.get(bus) ?? new Map(), event, false),
      write: (record) => this.journal.append(record),
    });
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

  ruleArn(bus: string, rule: string): string {
    const path = bus === 'default' ? rule : `${bus}/${rule}`;
    return `arn:aws:events:${this.#options.region}:${this.#options.account}:rule/${path}`;
  }

  busNames(): readonly string[] {
    return [...this.#buses.keys()];
  }

  authorize(caller: Caller, action: string, resource: string): void {
    this.#options.access.authorize(caller, { action: `events:${action}`, resource });
  }

  rulesOf(bus: BusName): { name: string; rules: Rules } {
    const name = nameOf(bus);
    const rules = this.#buses.get(name);
    if (!rules) throw new AwsError('ResourceNotFoundException', `Event bus ${name} does not exist.`);
    return { name, rules };
  }

  /** The rule, for who may do this with it. */
  ruleFor(caller: Caller, action: string, { bus, name }: { bus: BusName; name: string }): Rule {
    const { name: busName, rules } = this.rulesOf(bus);
    this.authorize(caller, action, this.ruleArn(busName, name));
    const rule = rules.get(name);
    if (!rule) throw new AwsError('ResourceNotFoundException', `Rule ${name} does not exist on EventBus ${busName}.`);
    return rule;
  }

  async createBus(name: string, caller: Caller) {
    if (!/^[A-Za-z0-9._/-]{1,256}$/.test(name))
      throw new AwsError('ValidationException', `Value '${name}' at 'name' failed to satisfy constraint`);
    this.authorize(caller, 'CreateEventBus', this.busArn(name));
    if (this.#buses.size >= BUSES)
      throw new AwsError('LimitExceededException', `The maximum number of event buses in an account is ${BUSES}.`);
    if (this.#buses.has(name)) throw new AwsError('ResourceAlreadyExistsException', `Event bus ${name} already exists.`);
    await this.#write({ op: 'bus', name });
    return { EventBusArn: this.busArn(name) };
  }

  async deleteBus(name: string, caller: Caller) {
    this.authorize(caller, 'DeleteEventBus', this.busArn(name));
    if (name === 'default') throw new AwsError('ValidationException', 'Cannot delete event bus default.');
    if ((this.#buses.get(name)?.size ?? 0) > 0) throw new AwsError('ValidationException', `EventBus ${name} has rules.`);
    if (this.#buses.has(name)) await this.#write({ op: 'bus', name, gone: true });
    return {};
  }

  describeBus(asked: BusName, caller: Caller) {
    const name = nameOf(asked);
    this.authorize(caller, 'DescribeEventBus', this.busArn(name));
    this.rulesOf(name);
    const policy = this.#policies.get(name);
    return { Name: name, Arn: this.busArn(name), ...(policy !== undefined && { Policy: policy }) };
  }

  async permit(asked: BusName, permission: Permission, caller: Caller) {
    const { name } = this.rulesOf(asked);
    this.authorize(caller, 'PutPermission', this.busArn(name));
    await this.#write({
      op: 'policy',
      bus: name,
      policy: permitted(this.#policies.get(name) ?? null, this.busArn(name), permission),
    });
    return {};
  }

  /** Without an id: all of the policy. */
  async withdraw(asked: BusName, id: string | undefined, caller: Caller) {
    const { name } = this.rulesOf(asked);
    this.authorize(caller, 'RemovePermission', this.busArn(name));
    await this.#write({ op: 'policy', bus: name, policy: withdrawn(this.#policies.get(name) ?? null, id) });
    return {};
  }

  async putRule({ EventBusName, Name: name, ...input }: RuleInput, caller: Caller) {
    const { name: bus, rules } = this.rulesOf(EventBusName);
    const arn = this.ruleArn(bus, name);
    this.authorize(caller, 'PutRule', arn);
    const pattern = checkRule(name, input);
    checkPlace(rules, name, pattern);
    const rule = {
      bus,
      name,
      arn,
      pattern,
      enabled: input.State !== 'DISABLED',
      description: input.Description,
      targets: [...(rules.get(name)?.targets.values() ?? [])],
    };
    await this.#write({ op: 'rule', rule });
    return { RuleArn: arn };
  }

  async deleteRule({ EventBusName, Name }: NamedRule, caller: Caller) {
    const { name: bus, rules } = this.rulesOf(EventBusName);
    this.authorize(caller, 'DeleteRule', this.ruleArn(bus, Name));
    const rule = rules.get(Name);
    if (!rule) return {};
    if (rule.targets.size > 0) throw new AwsError('ValidationException', "Rule can't be deleted since it has targets.");
    await this.#write({ op: 'unruled', bus, name: rule.name });
    return {};
  }

  async enable({ EventBusName, Name }: NamedRule, caller: Caller, enabled: boolean) {
    const rule = this.ruleFor(caller, enabled ? 'EnableRule' : 'DisableRule', { bus: EventBusName, name: Name });
    rule.enabled = enabled;
    await this.#save(rule);
    return {};
  }

  async putTargets(input: { EventBusName?: BusName; Rule: string; Targets: readonly Target[] }, caller: Caller) {
    const rule = this.ruleFor(caller, 'PutTargets', { bus: input.EventBusName, name: input.Rule });
    const { Targets: targets } = input;
    checkTargets(rule, targets);
    for (const target of targets) rule.targets.set(target.Id, target);
    await this.#save(rule);
    return { FailedEntryCount: 0, FailedEntries: [] };
  }

  async removeTargets(input: { EventBusName?: BusName; Rule: string; Ids: readonly string[] }, caller: Caller) {
    const rule = this.ruleFor(caller, 'RemoveTargets', { bus: input.EventBusName, name: input.Rule });
    for (const id of input.Ids) rule.targets.delete(id);
    await this.#save(rule);
    return { FailedEntryCount: 0, FailedEntries: [] };
  }

  async putEvents(entries: readonly Entry[], caller: Caller) {
    if (entries.length < 1 || entries.length > ENTRIES) {
      throw new AwsError(
        'ValidationException',
        `1 validation error detected: Value '[${entries.length} entries]' at 'entries' failed to satisfy constraint: Member must have length less than or equal to ${ENTRIES}`,
      );
    }
    if (entries.reduce((sum, entry) => sum + sizeOf(entry), 0) >= TOTAL) {
      throw new AwsError('ValidationException', 'Total size of the entries in the request is over the limit.');
    }
    // All of them before any: a caller who may not send one of them sends none.
    for (const entry of entries) this.#authorizeEntry(entry, caller);
    const results = await Promise.all(entries.map((entry) => this.#putEntry(entry)));
    return { FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results };
  }

  #authorizeEntry(entry: Entry, caller: Caller): void {
    const context = {
      ...(entry.Source !== undefined && { 'events:source': [entry.Source] }),
      ...(entry.DetailType !== undefined && { 'events:detail-type': [entry.DetailType] }),
    };
    const bus = nameOf(entry.EventBusName);
    const policy = this.#policies.get(bus);
    this.#options.access.authorize(caller, { action: 'events:PutEvents', resource: this.busArn(bus), context, policy });
  }

  async #putEntry(entry: Entry): Promise<object> {
    const bus = nameOf(entry.EventBusName);
    const refused = refusalOf(entry);
    if (refused) return refused;
    if (this.#options.faults({ service: 'events', operation: 'PutEventsEntry' })) {
      const { code, message } = throttled('events');
      return { ErrorCode: code, ErrorMessage: message };
    }
    const id = randomUUID();
    const rules = this.#buses.get(bus);
    // An unknown bus takes the event and drops it in silence, as on AWS.
    if (!rules) return { EventId: id };
    try {
      await this.#deliver(rules, eventOf(entry, { ...this.#options, id }), true);
      return { EventId: id };
    } catch (error) {
      return { ErrorCode: 'InternalFailure', ErrorMessage: (error as Error).message };
    }
  }

  async #deliver(rules: ReadonlyMap<string, Rule>, event: EventText, onward: boolean): Promise<void> {
    const deliveries: Promise<void>[] = [];
    for (const rule of rules.values()) {
      if (!rule.enabled || !rule.compiled.matches(event.event)) continue;
      for (const target of rule.targets.values()) {
        if (!onward && target.Arn.split(':')[2] === 'events') continue;
        const times = this.#options.duplicates() ? 2 : 1;
        for (let i = 0; i < times; i += 1) deliveries.push(this.deliveries.deliver({ ruleArn: rule.arn, target, event }));
      }
    }
    await Promise.all(deliveries);
  }

  apply(record: EventsRecord): void {
    if (record.op === 'bus') {
      if (record.gone) {
        this.#buses.delete(record.name);
        this.#policies.delete(record.name);
      } else if (!this.#buses.has(record.name)) this.#buses.set(record.name, new Map());
    } else if (record.op === 'unruled') this.#buses.get(record.bus)?.delete(record.name);
    else if (record.op === 'policy') {
      if (record.policy === null) this.#policies.delete(record.bus);
      else this.#policies.set(record.bus, record.policy);
    } else if (record.op === 'rule') {
      const { targets, ...rule } = record.rule;
      this.#buses.get(rule.bus)?.set(rule.name, {
        ...rule,
        compiled: compilePattern(rule.pattern),
        targets: new Map(targets.map((target) => [target.Id, target])),
      });
    } else this.deliveries.apply(record);
  }

  *snapshot(): Iterable<EventsRecord> {
    for (const [name, rules] of this.#buses) {
      yield { op: 'bus', name };
      const policy = this.#policies.get(name);
      if (policy !== undefined) yield { op: 'policy', bus: name, policy };
      for (const rule of rules.values()) yield { op: 'rule', rule: saved(rule) };
    }
    yield* this.deliveries.snapshot();
  }

  async #write(record: EventsRecord): Promise<void> {
    await this.journal.append(record);
    this.apply(record);
  }

  #save(rule: Rule): Promise<void> {
    return this.journal.append({ op: 'rule', rule: saved(rule) } satisfies EventsRecord);
  }
}

function nameOf(bus: BusName): string {
  return bus ? (bus.split('event-bus/').at(-1) as string) : 'default';
}
