/** DynamoDB items as Brine uses them: two keys, texts and numbers. One document travels as one JSON text (design section 10). */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AttributeValue,
  BatchGetItemCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { shortcut } from './shortcut.ts';

export type Item = Readonly<Record<string, string | number>>;

/** What BatchGetItem takes. */
const BATCH = 100;
/** 10,000 hosts' grains are some 100 pages of 1 MB; one after the other they took seconds. */
const SEGMENTS = 4;

const CONDITIONS = {
  absent: 'attribute_not_exists(pk)',
  present: 'attribute_exists(pk)',
  newer: 'attribute_not_exists(pk) OR version < :version',
} as const;

export interface Items {
  get(pk: string, sk: string): Promise<Item | null>;
  /** Items of one partition, in order of `sk`, from this `sk` on. */
  query(pk: string, from?: string): Promise<readonly Item[]>;
  /** Those that are there, in no order. */
  some(keys: readonly (readonly [pk: string, sk: string])[]): Promise<readonly Item[]>;
  /** The whole table, in several segments at once. */
  scan(): Promise<readonly Item[]>;
  put(item: Item): Promise<void>;
  /** Only if `condition` holds: none there yet, one there still, its `version` is this one, or the item's own `version` is higher than the one there. */
  putIf(item: Item, condition: 'absent' | 'present' | 'newer' | { readonly version: number }): Promise<boolean>;
  remove(pk: string, sk: string): Promise<void>;
}

export function createItems(client: DynamoDBClient, table: string): Items {
  const send = shortcut(client, 'dynamodb');
  const key = (pk: string, sk: string) => ({ pk: { S: pk }, sk: { S: sk } });
  const pages = async (
    ask: (start: Record<string, AttributeValue> | undefined) => Promise<{
      Items?: Record<string, AttributeValue>[] | undefined;
      LastEvaluatedKey?: Record<string, AttributeValue> | undefined;
    }>,
  ) => {
    const items: Item[] = [];
    let start: Record<string, AttributeValue> | undefined;
    do {
      const page = await ask(start);
      items.push(...(page.Items ?? []).map(itemOf));
      start = page.LastEvaluatedKey;
    } while (start);
    return items;
  };
  return {
    async get(pk, sk) {
      const { Item: found } = await send(new GetItemCommand({ TableName: table, Key: key(pk, sk), ConsistentRead: true }));
      return found ? itemOf(found) : null;
    },
    query: (pk, from) =>
      pages((ExclusiveStartKey) =>
        send(
          new QueryCommand({
            TableName: table,
            KeyConditionExpression: from === undefined ? 'pk = :pk' : 'pk = :pk AND sk >= :from',
            ExpressionAttributeValues: { ':pk': { S: pk }, ...(from !== undefined && { ':from': { S: from } }) },
            ConsistentRead: true,
            ExclusiveStartKey,
          }),
        ),
      ),
    async some(asked) {
      // A key that stands twice in a request has all of it refused.
      const keys = [...new Map(asked.map((one) => [one.join('\n'), one])).values()];
      const groups = Array.from({ length: Math.ceil(keys.length / BATCH) }, (_, i) => keys.slice(i * BATCH, (i + 1) * BATCH));
      return (await Promise.all(groups.map((group) => getBatch(client, table, group)))).flat();
    },
    scan: async () => {
      const segment = (Segment: number) =>
        pages((ExclusiveStartKey) =>
          send(new ScanCommand({ TableName: table, ConsistentRead: true, Segment, TotalSegments: SEGMENTS, ExclusiveStartKey })),
        );
      return (await Promise.all(Array.from({ length: SEGMENTS }, (_, i) => segment(i)))).flat();
    },
    async put(item) {
      await send(new PutItemCommand({ TableName: table, Item: attributesOf(item) }));
    },
    async putIf(item, condition) {
      const version = typeof condition === 'object' ? condition.version : condition === 'newer' ? item.version : undefined;
      try {
        await send(
          new PutItemCommand({
            TableName: table,
            Item: attributesOf(item),
            ConditionExpression: typeof condition === 'object' ? 'version = :version' : CONDITIONS[condition],
            ...(version !== undefined && { ExpressionAttributeValues: { ':version': { N: String(version) } } }),
          }),
        );
        return true;
      } catch (error) {
        if ((error as Error).name === 'ConditionalCheckFailedException') return false;
        throw error;
      }
    },
    async remove(pk, sk) {
      await send(new DeleteItemCommand({ TableName: table, Key: key(pk, sk) }));
    },
  };
}

/** DynamoDB answers what it can; the rest is asked for again. Throws when it gives nothing eight times. */
async function getBatch(client: DynamoDBClient, table: string, keys: readonly (readonly [string, string])[]): Promise<Item[]> {
  const items: Item[] = [];
  let left: Record<string, AttributeValue>[] = keys.map(([pk, sk]) => ({ pk: { S: pk }, sk: { S: sk } }));
  for (let tries = 0; left.length > 0; tries += 1) {
    if (tries === 8) throw new Error(`DynamoDB did not answer ${left.length} keys of ${table}`);
    if (tries > 0) await sleep(25 * 2 ** tries * (0.5 + Math.random() / 2));
    const request = { [table]: { Keys: left, ConsistentRead: true } };
    const { Responses, UnprocessedKeys } = await client.send(new BatchGetItemCommand({ RequestItems: request }));
    items.push(...(Responses?.[table] ?? []).map(itemOf));
    left = UnprocessedKeys?.[table]?.Keys ?? [];
  }
  return items;
}

function attributesOf(item: Item): Record<string, AttributeValue> {
  return Object.fromEntries(
    Object.entries(item).map(([name, value]) => [name, typeof value === 'number' ? { N: String(value) } : { S: value }]),
  );
}

function itemOf(attributes: Record<string, AttributeValue>): Item {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, value.N !== undefined ? Number(value.N) : (value.S ?? '')]),
  );
}
