/** What the server of the page offers beside it. */
export interface PageSession {
  readonly files: readonly { readonly name: string; readonly size: number }[];
  /** There is a stream of board events. */
  readonly boards: boolean;
  /** Experiments can be run on the kernel of this machine. */
  readonly traces: boolean;
}

const NOTHING: PageSession = { files: [], boards: false, traces: false };

let asked: Promise<PageSession> | undefined;

/** Asks once; a static site has a file that offers nothing, and a folder is not asked at all. */
export function session(): Promise<PageSession> {
  asked ??= ask();
  return asked;
}

async function ask(): Promise<PageSession> {
  if (location.protocol === 'file:') return NOTHING;
  try {
    const answer = await fetch('./session.json');
    return answer.ok ? ((await answer.json()) as PageSession) : NOTHING;
  } catch {
    // Some static hosts answer with a page of their own.
    return NOTHING;
  }
}
