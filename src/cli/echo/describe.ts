import { clientInfo, type EchoEvent, type EchoStatistics, receivedMessage, TOO_LARGE } from '../../echo/index.ts';
import { printAddress } from '../../socket/index.ts';

/** The line that a server prints for an event, as the programs of the article do; undefined where they say nothing. */
export function describeEvent(event: EchoEvent): string | undefined {
  switch (event.kind) {
    case 'connected':
    case 'datagram':
      return clientInfo(event.peer);
    case 'message':
      return receivedMessage(event.text);
    case 'too-large':
      return `${printAddress(event.peer)}: ${TOO_LARGE}`;
    case 'refused':
      return event.reason === 'limit' ? 'refused: too many connections' : 'refused: out of descriptors';
    case 'unsent':
      return `${printAddress(event.peer)}: the echo cannot be sent (${event.errno})`;
    case 'closed':
      return event.reason === 'idle' ? `${printAddress(event.peer)}: idle, sent away` : undefined;
  }
}

/** The closing line. */
export function describeStatistics(statistics: EchoStatistics): string {
  const { bytes, connections, failed, messages, peak, refused } = statistics;
  return `${connections} connections (peak ${peak}, ${refused} refused), ${messages} messages, ${bytes} bytes, ${failed} failed`;
}
