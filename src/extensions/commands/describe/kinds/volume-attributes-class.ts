import { volumeattributesclasses } from '../../../../api/generated/resource-types.ts';
import type { VolumeAttributesClass } from '../../../../api/generated/storage-v1.ts';
import { defineDescriber } from '../contract.ts';
import { pairsText } from '../page/texts.ts';
import { field, nameSection } from '../sections.ts';

export const volumeAttributesClassDescriber = defineDescriber<VolumeAttributesClass>({
  resources: [volumeattributesclasses],
  sections: [
    nameSection,
    field('Annotations', ({ metadata }) => pairsText(metadata.annotations)),
    field('DriverName', ({ driverName }) => driverName),
    field('Parameters', ({ parameters }) => pairsText(parameters)),
  ],
});
