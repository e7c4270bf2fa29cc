import type { KubernetesObject, UntypedObject } from '../../../../api/object.ts';
import type { ResourceType } from '../../../../api/resource-type.ts';
import { goText, sortedKeys } from '../../../../extension-points/commands/printers/go-values.ts';
import type { KindDescriber } from '../contract.ts';
import type { Page } from '../page/page.ts';
import { identitySections } from '../sections.ts';
import { smartLabel } from './smart-label.ts';

const shownAbove = new Set(['.metadata.managedFields', '.metadata.name', '.metadata.namespace', '.metadata.labels', '.metadata.annotations']);

/** Describes what no describer is made for, custom resources among them: every field below its name in words. */
export const genericDescriber = (resource: ResourceType): KindDescriber<KubernetesObject> => ({
  resources: [resource],
  sections: [...identitySections, (page, object) => writeFields(page, 0, object as UntypedObject, '')],
});

function writeFields(page: Page, level: number, fields: Readonly<Record<string, unknown>>, path: string): void {
  for (const name of sortedKeys(fields)) {
    const value = fields[name];
    const here = `${path}.${name}`;
    if (shownAbove.has(here)) continue;
    const title = smartLabel(name);
    if (Array.isArray(value)) {
      page.line(level, `${title}:`);
      for (const item of value) {
        if (isObject(item)) writeFields(page, level + 1, item, here);
        else page.line(level + 1, goText(item));
      }
    } else if (isObject(value)) {
      page.line(level, `${title}:`);
      writeFields(page, level + 1, value, here);
    } else page.field(level, title, goText(value));
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);
