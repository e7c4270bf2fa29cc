import { priorityclasses } from '../../../../api/generated/resource-types.ts';
import type { PriorityClass } from '../../../../api/generated/scheduling-v1.ts';
import { defineDescriber } from '../contract.ts';
import { pairsText } from '../page/texts.ts';
import { field, nameSection } from '../sections.ts';

export const priorityClassDescriber = defineDescriber<PriorityClass>({
  resources: [priorityclasses],
  sections: [
    nameSection,
    field('Value', ({ value }) => value ?? 0),
    field('GlobalDefault', ({ globalDefault }) => globalDefault ?? false),
    field('PreemptionPolicy', ({ preemptionPolicy }) => preemptionPolicy ?? ''),
    field('Description', ({ description }) => description ?? ''),
    field('Annotations', ({ metadata }) => pairsText(metadata.annotations)),
  ],
});
