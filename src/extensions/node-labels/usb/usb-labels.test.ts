import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeMachineRoot } from '../../../extension-points/devices/hardware/testing/machine-root.ts';
import { usbLabels } from './usb-labels.ts';

const device = (name: string, kind: string, vendor: string, product: string): Record<string, string> => ({
  [`/sys/bus/usb/devices/${name}/bDeviceClass`]: `${kind}\n`,
  [`/sys/bus/usb/devices/${name}/idVendor`]: `${vendor}\n`,
  [`/sys/bus/usb/devices/${name}/idProduct`]: `${product}\n`,
});

const cases: readonly { name: string; files: Record<string, string>; want: Record<string, string> }[] = [
  { name: 'that are not there', files: {}, want: {} },
  {
    name: 'of the classes that are shown',
    files: { ...device('1-1', 'ff', '1a6e', '089a'), ...device('1-2', '09', '1d6b', '0002') },
    want: { 'usb-ff_1a6e_089a.present': 'true' },
  },
  {
    name: 'whose interfaces say what they are',
    files: {
      ...device('1-1', '00', '046d', '0825'),
      '/sys/bus/usb/devices/1-1/1-1:1.0/bInterfaceClass': '0e\n',
      '/sys/bus/usb/devices/1-1/1-1:1.2/bInterfaceClass': '01\n',
      '/sys/bus/usb/devices/1-1:1.0/bInterfaceClass': '0e\n',
    },
    want: { 'usb-0e_046d_0825.present': 'true' },
  },
];

describe('labels of USB devices', () => {
  for (const { name, files, want } of cases)
    it(name, async () => {
      await using machine = await makeMachineRoot(files);
      assert.deepEqual(await usbLabels(machine.path), want);
    });
});
