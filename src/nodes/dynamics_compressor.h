/* src/nodes/dynamics_compressor.h -- what control needs of the compressor beside its class. */
#ifndef WA_SRC_NODES_DYNAMICS_COMPRESSOR_H
#define WA_SRC_NODES_DYNAMICS_COMPRESSOR_H

/* What was published at the end of the last quantum that the node was processed in, dB. Thread: any */
float dynamics_compressor_reduction(const void *state);
#endif /* WA_SRC_NODES_DYNAMICS_COMPRESSOR_H */
