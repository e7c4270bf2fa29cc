import { isKnownFormat } from '../../../api/custom-schema/formats.ts';
import { type Definition, DefinitionView } from './definition-view.ts';
import { hasSchema } from './schema/props.ts';

/** A warning for each format that means nothing for its type. What was there before an update is not warned of again. */
export function formatWarnings(definition: Definition, old: Definition | undefined): readonly string[] {
  const known = new Set(old ? unknownFormats(old) : []);
  return unknownFormats(definition)
    .filter((format) => !known.has(format))
    .map((format) => `unrecognized format ${JSON.stringify(format)}`);
}

function unknownFormats({ spec }: Definition): string[] {
  const found: string[] = [];
  for (const { props } of new DefinitionView(spec ?? {}).schemas)
    hasSchema(props, ({ format, type }) => {
      if (format !== '' && !isKnownFormat(format, type)) found.push(format);
      return false;
    });
  return found;
}
