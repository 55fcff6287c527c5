// Sweeps: curves over the axes of a sweep.
function sweepSections() {}
