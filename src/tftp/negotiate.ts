import { Fault, isFault } from '../fault.ts';
import type { FileSource, ReadableFile, RequestContext } from './file.ts';
import { tftpMessage } from './messages.ts';
import { netasciiReadable, netasciiWritable } from './netascii-file.ts';
import {
  grantOptions,
  type OptionValues,
  type ParameterLimits,
  printOptions,
  type TransferParameters,
} from './options.ts';
import type { Packet, Request } from './packet.ts';
import type { BootLoaderProfile } from './profile.ts';
import { Receiving } from './receiving.ts';
import { Sending } from './sending.ts';
import type { ServerLimits, ServerSettings } from './settings.ts';
import { DEFAULT_RETRY_POLICY, type RetryPolicy } from './transfer/retry.ts';
import type { Transfer, TransferOptions } from './transfer.ts';
import type { Peer } from './transport.ts';

export interface NegotiationInput {
  readonly request: Request;
  readonly asked: OptionValues;
  readonly peer: Peer;
  readonly profile: BootLoaderProfile | undefined;
  readonly settings: ServerSettings;
  readonly limits: ServerLimits;
}

/** A request whose file is open and whose options are granted; it either begins or is discarded. */
export interface NegotiatedRequest {
  readonly parameters: TransferParameters;
  /** Bytes of the whole file as it travels, where they are known. */
  readonly size?: number;
  build(options: Omit<TransferOptions, 'oack'>): Transfer;
  /** Closes the file of a transfer that will not begin. */
  discard(): void;
}

/** Opens what a request asks for and settles its options. Faults: those of the source or sink. */
export function negotiate(input: NegotiationInput): NegotiatedRequest {
  return input.request.kind === 'read' ? negotiateRead(input) : negotiateWrite(input);
}

/** The retry with what the peer asked for (RFC 2349). */
export function retryPolicyOf(
  retry: Partial<RetryPolicy> | undefined,
  timeoutSeconds: number | undefined,
): RetryPolicy {
  return {
    ...DEFAULT_RETRY_POLICY,
    ...retry,
    ...(timeoutSeconds !== undefined && { fixedDelayMs: 1000 * timeoutSeconds }),
  };
}

function negotiateRead({ request, asked, peer, profile, settings, limits }: NegotiationInput): NegotiatedRequest {
  const { name, mode } = request;
  const plain = openFirst(settings.source, profile?.names?.(name) ?? [name], { peer, mode });
  const file = mode === 'netascii' ? netasciiReadable(plain) : plain;
  const { parameters, granted } = grantOptions(asked, parameterLimits(limits, profile), file.size);
  const options = {
    name,
    file,
    parameters,
    rollover: settings.rollover ?? 0,
    retry: retryPolicyOf(settings.retry, parameters.timeoutSeconds),
  };
  return {
    parameters,
    size: file.size,
    build: (transfer) => new Sending({ ...transfer, ...oackOf(granted) }, options),
    discard: () => file.close?.(),
  };
}

function negotiateWrite({ request, asked, peer, profile, settings, limits }: NegotiationInput): NegotiatedRequest {
  const { name, mode } = request;
  if (settings.sink === undefined) throw new Fault('tftp/access', { name, reason: tftpMessage('tftp/read-only') });
  const { parameters, granted } = grantOptions(asked, parameterLimits(limits, profile));
  const announced = asked.tsize === undefined ? {} : { size: asked.tsize };
  const plain = settings.sink.create(name, { peer, mode, ...announced });
  const into = mode === 'netascii' ? netasciiWritable(plain) : plain;
  const oack = oackOf(granted);
  const options = {
    into,
    parameters,
    rollover: settings.rollover ?? ('auto' as const),
    retry: retryPolicyOf(settings.retry, parameters.timeoutSeconds),
    opening: oack === undefined ? ('acknowledge' as const) : ('optionAcknowledge' as const),
  };
  return {
    parameters,
    ...announced,
    build: (transfer) => new Receiving({ ...transfer, ...oack }, options),
    discard: () => into.abort(),
  };
}

/** The first of the names that is served. */
function openFirst(source: FileSource, names: readonly string[], context: RequestContext): ReadableFile {
  for (const name of names.slice(0, -1)) {
    try {
      return source.open(name, context);
    } catch (error) {
      if (!isFault(error, 'tftp/not-found')) throw error;
    }
  }
  return source.open(names.at(-1)!, context);
}

/** The OACK that is due; none where no option was granted. */
function oackOf(granted: OptionValues): { readonly oack: Packet } | undefined {
  const options = printOptions(granted);
  return options.length === 0 ? undefined : { oack: { kind: 'optionAcknowledge', options } };
}

function parameterLimits(limits: ServerLimits, profile: BootLoaderProfile | undefined): ParameterLimits {
  return { ...limits, windowSize: Math.min(limits.windowSize, profile?.windowSize ?? limits.windowSize) };
}
