import type { ExpositionWriter } from './exposition.ts';

/** What Prometheus's own clients say of their process, by the same names. */
export function writeProcess(writer: ExpositionWriter): void {
  const { rss, heapUsed, heapTotal, external, arrayBuffers } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const started = Math.round(performance.timeOrigin) / 1000;
  writer.single('process_resident_memory_bytes', 'gauge', 'Resident memory.', rss);
  writer.single('process_cpu_seconds_total', 'counter', 'Time on the CPU.', (user + system) / 1e6);
  writer.single('process_start_time_seconds', 'gauge', 'Start of the process, Unix time.', started);
  writer.single('nodejs_heap_size_used_bytes', 'gauge', 'Heap of the main thread in use.', heapUsed);
  writer.single('nodejs_heap_size_total_bytes', 'gauge', 'Heap of the main thread.', heapTotal);
  writer.single('nodejs_external_memory_bytes', 'gauge', 'Memory of objects outside the heap.', external);
  writer.single('nodejs_array_buffer_bytes', 'gauge', 'Memory of buffers.', arrayBuffers);
}
