import { expect, test } from 'vitest';
import { nearestSeries, shippedSeries } from '../../../src/kernel/index/shipped.ts';

test('nearest is by the releases between', () => {
  expect(shippedSeries()).toEqual(['6.1', '6.12']);
  expect(nearestSeries('5.15')).toEqual({ series: '6.1', releases: 6 });
  expect(nearestSeries('5.19')).toEqual({ series: '6.1', releases: 2 });
  expect(nearestSeries('4.20')).toEqual({ series: '6.1', releases: 22 });
  expect(nearestSeries('6.6')).toEqual({ series: '6.1', releases: 5 });
  expect(nearestSeries('6.7')).toEqual({ series: '6.12', releases: 5 });
  expect(nearestSeries('7.0')).toEqual({ series: '6.12', releases: 8 });
  expect(nearestSeries('6.12')).toEqual({ series: '6.12', releases: 0 });
  expect(nearestSeries('next')).toBeUndefined();
});
