/** DynamoDB items as Brine uses them: two keys, texts and numbers. One document travels as one JSON text (design section 10). */
import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';

export type Item = Readonly<Record<string, string | number>>;

export interface Items {
  get(pk: string, sk: string): Promise<Item | null>;
  /** Items of one partition, in order of `sk`. */
  query(pk: string): Promise<readonly Item[]>;
  scan(): Promise<readonly Item[]>;
  put(item: Item): Promise<void>;
  /** Only if `condition` holds: none there yet, one there still, or its `version` is this one. */
  putIf(item: Item, condition: 'absent' | 'present' | { readonly version: number }): Promise<boolean>;
  remove(pk: string, sk: string): Promise<void>;
}

export function createItems(client: DynamoDBClient, table: string): Items {
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
      const { Item: found } = await client.send(new GetItemCommand({ TableName: table, Key: key(pk, sk), ConsistentRead: true }));
      return found ? itemOf(found) : null;
    },
    query: (pk) =>
      pages((ExclusiveStartKey) =>
        client.send(
          new QueryCommand({
            TableName: table,
            KeyConditionExpression: 'pk = :pk',
            ExpressionAttributeValues: { ':pk': { S: pk } },
            ConsistentRead: true,
            ExclusiveStartKey,
          }),
        ),
      ),
    scan: () =>
      pages((ExclusiveStartKey) => client.send(new ScanCommand({ TableName: table, ConsistentRead: true, ExclusiveStartKey }))),
    async put(item) {
      await client.send(new PutItemCommand({ TableName: table, Item: attributesOf(item) }));
    },
    async putIf(item, condition) {
      const versioned = typeof condition === 'object';
      const held = condition === 'absent' ? 'attribute_not_exists(pk)' : 'attribute_exists(pk)';
      try {
        await client.send(
          new PutItemCommand({
            TableName: table,
            Item: attributesOf(item),
            ConditionExpression: versioned ? 'version = :version' : held,
            ...(versioned && { ExpressionAttributeValues: { ':version': { N: String(condition.version) } } }),
          }),
        );
        return true;
      } catch (error) {
        if ((error as Error).name === 'ConditionalCheckFailedException') return false;
        throw error;
      }
    },
    async remove(pk, sk) {
      await client.send(new DeleteItemCommand({ TableName: table, Key: key(pk, sk) }));
    },
  };
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
