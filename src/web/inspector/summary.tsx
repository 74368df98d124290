import { type Inspection, plain } from '../../inspect/index.ts';
import { useTranslate, useTranslator } from '../parts/settings.tsx';

/** What a file is, its digests, what to know about it, and where reading stopped. */
export function Summary({ inspection, onPick }: { inspection: Inspection; onPick: (offset: number) => void }) {
  const translate = useTranslate();
  const translator = useTranslator();
  const { name, size, summary, digests, findings, stop } = inspection;
  return (
    <div class="summary">
      <h2>
        {plain(name)}: {plain(translator.message(summary))}
      </h2>
      <p>{translate('inspector.size', size.toLocaleString())}</p>
      {stop !== undefined && (
        <p class="bad">
          {translate('inspector.stop', plain(translator.message(stop.message)))}{' '}
          <button type="button" class="place" onClick={() => onPick(stop.offset)}>
            0x{stop.offset.toString(16)}
          </button>
        </p>
      )}
      {findings.length > 0 && (
        <ul class="findings">
          {findings.map((finding, i) => (
            <li key={`${i}`} class={finding.level}>
              <strong>{translate(`level.${finding.level}`)}</strong> {pathOf(finding)}
              {plain(translator.message(finding.message))}{' '}
              <button type="button" class="place" onClick={() => onPick(finding.offset)}>
                0x{finding.offset.toString(16)}
              </button>
              {finding.remedy !== undefined && <div class="remedy">→ {translator.message(finding.remedy)}</div>}
            </li>
          ))}
        </ul>
      )}
      {digests.length > 0 && (
        <details>
          <summary>{translate('inspector.digests')}</summary>
          <dl class="digests mono">
            {digests.map(({ algorithm, value }) => (
              <div key={algorithm}>
                <dt>{algorithm}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </div>
  );
}

/** Where it is, unless its sentence says so itself, as a fault's does. */
const pathOf = ({ path, message }: Inspection['findings'][number]): string =>
  path === '' || message.context !== undefined ? '' : `${plain(path)} — `;

const marks = ['verified', 'checked', 'claimed', 'nobody', 'part', 'broken'] as const;

/** What the marks mean. */
export function Legend() {
  const translate = useTranslate();
  return (
    <ul class="legend">
      {marks.map((mark) => (
        <li key={mark}>
          <span class={`mark ${mark}`} aria-hidden="true" /> {translate(`legend.${mark}`)}
        </li>
      ))}
    </ul>
  );
}
