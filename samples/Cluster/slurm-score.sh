#!/bin/bash
# sbatch slurm-score.sh, then: convnext merge parts/part-*.csv -o all.csv
#SBATCH --job-name=convnext-score
#SBATCH --array=1-7
#SBATCH --cpus-per-task=4
#SBATCH --time=01:00:00
#SBATCH --requeue
set -euo pipefail

cd "$SLURM_SUBMIT_DIR"
mkdir -p parts
exec convnext predict flowers.zip photos --recursive \
  --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" --output "parts/part-$SLURM_ARRAY_TASK_ID.csv"
