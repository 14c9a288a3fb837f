/* src/kernels/convolution_work.h -- what a piece of each kind of work costs, in units of a nanosecond or less
 * of one core: to spread it evenly and to choose levels by. A piece is 32 points, or 32 reals.
 * Spectra that are kept are far when they do not fit a core's own cache: each piece then comes from, and
 * goes to, somewhere slower. */
#ifndef WA_SRC_KERNELS_CONVOLUTION_WORK_H
#define WA_SRC_KERNELS_CONVOLUTION_WORK_H

enum {
    WORK_TURN = 4,
    WORK_PASS = 8,
    WORK_STORE_NEAR = 4,
    WORK_STORE_FAR = 26,
    WORK_PRODUCT_NEAR = 6, /* of one block with one block of response */
    WORK_PRODUCT_FAR = 14,
    WORK_UNTURN = 8, /* and adding it to what is pending */
    WORK_NEAR_BYTES = 2 << 20,
    /* To choose levels by, beside the pieces: */
    WORK_LEVEL = 256, /* of a level in each step: to gather, and to look what is to be done */
    WORK_COLD = 4,    /* of a transform in each frame, for each doubling above WORK_WARM_POINTS */
    WORK_WARM_POINTS = 8192,
};
#endif /* WA_SRC_KERNELS_CONVOLUTION_WORK_H */
