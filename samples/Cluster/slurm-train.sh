#!/bin/bash
# sbatch slurm-train.sh
# Four nodes with one rank each; srun is the launcher, so the MPI library is the one that Slurm was built with.
#SBATCH --job-name=convnext-train
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=16
#SBATCH --time=04:00:00
#SBATCH --requeue
#SBATCH --signal=TERM@120
set -euo pipefail

cd "$SLURM_SUBMIT_DIR"
options=(--epochs 30)
# A job that was preempted continues at its last checkpoint.
if [ "${SLURM_RESTART_COUNT:-0}" -gt 0 ]; then options=(--resume); fi

exec srun --mpi=pmix --cpus-per-task="$SLURM_CPUS_PER_TASK" convnext train "$SLURM_SUBMIT_DIR/flowers" "${options[@]}"
