namespace ConvNeXt.MLNet.Robustness.Corruptions;

/// <summary>Edges of an 8-bit plane (Canny), the distance from them, and histogram equalization, all as in OpenCV.</summary>
internal static class EdgeDistance
{
    /// <summary>Finds edges: ridges of the gradient that are above the high limit, or above the low one and connected with such.</summary>
    internal static bool[] FindEdges(Plane plane, double low, double high)
    {
        int width = plane.Width, height = plane.Height;
        float[] dx = new float[width * height], dy = new float[width * height], size = new float[width * height];
        for (int y = 0, i = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++, i++)
            {
                dx[i] = At(1, -1) + (2 * At(1, 0)) + At(1, 1) - At(-1, -1) - (2 * At(-1, 0)) - At(-1, 1);
                dy[i] = At(-1, 1) + (2 * At(0, 1)) + At(1, 1) - At(-1, -1) - (2 * At(0, -1)) - At(1, -1);
                size[i] = Math.Abs(dx[i]) + Math.Abs(dy[i]);

                float At(int right, int down) => plane[Border.Nearest(x + right, width), Border.Nearest(y + down, height)];
            }
        }
        bool[] edges = new bool[size.Length];
        var found = new Stack<int>();
        for (int i = 0; i < size.Length; i++)
            if (size[i] > high && IsRidge(i)) Add(i);
        while (found.TryPop(out int edge))
        {
            int edgeX = edge % width, edgeY = edge / width;
            for (int y = Math.Max(0, edgeY - 1); y <= Math.Min(height - 1, edgeY + 1); y++)
            {
                for (int x = Math.Max(0, edgeX - 1); x <= Math.Min(width - 1, edgeX + 1); x++)
                    if ((y * width) + x is var near && !edges[near] && size[near] > low && IsRidge(near)) Add(near);
            }
        }
        return edges;

        void Add(int i)
        {
            edges[i] = true;
            found.Push(i);
        }

        bool IsRidge(int i)
        {
            float across = Math.Abs(dx[i]), down = Math.Abs(dy[i]);
            int stepX = down > across * Math.Tan(3 * Math.PI / 8) ? 0 : 1, stepY = down < across * Math.Tan(Math.PI / 8) ? 0 : dx[i] * dy[i] < 0 ? -1 : 1;
            if (stepX == 0) stepY = 1;
            return size[i] > Size(-stepX, -stepY) && size[i] >= Size(stepX, stepY);

            float Size(int right, int below)
            {
                int x = (i % width) + right, y = (i / width) + below;
                return x < 0 || y < 0 || x >= width || y >= height ? 0 : size[(y * width) + x];
            }
        }
    }

    /// <summary>The distance of each pixel from the nearest edge, by steps to its 24 neighbors (weights 1, 1.4, 2.1969).</summary>
    internal static Plane ToEdges(bool[] edges, int width, int height)
    {
        const float straight = 1, diagonal = 1.4f, knight = 2.1969f, farthest = 1e6f;
        (int X, int Y, float Length)[] before =
        [
            (-1, 0, straight), (0, -1, straight), (-1, -1, diagonal), (1, -1, diagonal), (-2, -1, knight), (2, -1, knight), (-1, -2, knight), (1, -2, knight),
        ];
        var distance = new Plane(width, height);
        for (int i = 0; i < edges.Length; i++) distance.Values[i] = edges[i] ? 0 : farthest;
        for (int i = 0; i < edges.Length; i++) Shorten(i, 1);
        for (int i = edges.Length - 1; i >= 0; i--) Shorten(i, -1);
        return distance;

        void Shorten(int i, int direction)
        {
            foreach (var (stepX, stepY, length) in before)
            {
                int x = (i % width) + (direction * stepX), y = (i / width) + (direction * stepY);
                if (x >= 0 && y >= 0 && x < width && y < height) distance.Values[i] = Math.Min(distance.Values[i], distance[x, y] + length);
            }
        }
    }

    /// <summary>Spreads the values of an 8-bit plane evenly over 0 to 255.</summary>
    internal static Plane Equalize(Plane plane)
    {
        int[] counts = new int[256];
        foreach (float value in plane.Values) counts[(int)value]++;
        int first = Array.FindIndex(counts, count => count > 0), total = plane.Values.Length;
        if (counts[first] == total) return plane;
        float[] table = new float[256];
        float scale = 255f / (total - counts[first]);
        for (int value = first + 1, sum = 0; value < table.Length; value++)
        {
            sum += counts[value];
            table[value] = Math.Clamp(MathF.Round(sum * scale), 0, 255);
        }
        return plane.Map(value => table[(int)value]);
    }
}
