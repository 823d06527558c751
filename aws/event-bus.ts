/** Step 5: PutEvents, one answer for each entry. */
import { DescribeEventBusCommand, type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { BrineError } from '../core/errors.ts';
import { DETAIL_TYPE } from '../core/event.ts';
import type { EventBus } from '../core/ports.ts';
import { shortcut } from './shortcut.ts';

export function createEventBus(client: EventBridgeClient, bus: string): EventBus {
  const send = shortcut(client, 'events');
  return {
    async put(entries) {
      const Entries = entries.map(({ source, detail }) => ({
        EventBusName: bus,
        Source: source,
        DetailType: DETAIL_TYPE,
        Detail: detail,
      }));
      const answer = await send(new PutEventsCommand({ Entries }));
      return entries.map(
        (_entry, i) => answer.Entries?.[i]?.ErrorCode ?? (answer.Entries?.[i]?.EventId ? null : 'InternalFailure'),
      );
    },
    async check() {
      try {
        await client.send(new DescribeEventBusCommand({ Name: bus }));
      } catch (cause) {
        if ((cause as Error).name !== 'ResourceNotFoundException') throw cause;
        throw new BrineError(
          {
            code: 'bus.missing',
            text: `there is no event bus ${bus}: EventBridge would drop every event in silence`,
            hint: 'deploy the stack first, or name another with BRINE_STACK',
          },
          { cause },
        );
      }
    },
  };
}
