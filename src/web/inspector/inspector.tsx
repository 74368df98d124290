import { useSay } from '../parts/settings.tsx';

export function Inspector() {
  const say = useSay();
  return (
    <section aria-labelledby="inspector-title">
      <h1 id="inspector-title">{say('view.inspector')}</h1>
      <p>{say('inspector.intro')}</p>
    </section>
  );
}
