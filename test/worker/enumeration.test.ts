/** Every call of every upload and of all that works on one capture, with every fault. docs/adr/0001. */
import { everyFaultPoint } from '../support/every-fault-point.ts'
import { REFUSED, UPLOADS, WORK } from '../support/faults-flows.ts'

everyFaultPoint([...UPLOADS, ...REFUSED, ...WORK], 240_000)
