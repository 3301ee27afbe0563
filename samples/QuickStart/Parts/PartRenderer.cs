using System.Numerics;

namespace QuickStart.Parts;

/// <summary>Draws a part as an inspection camera sees it: rotated and shifted on a worn bench, lit from one side, slightly out of focus, with noise.</summary>
internal sealed class PartRenderer(int size)
{
    private static readonly Vector3[] s_metals = [new(0.72f, 0.73f, 0.75f), new(0.60f, 0.61f, 0.64f), new(0.76f, 0.70f, 0.58f), new(0.50f, 0.51f, 0.53f)];
    private static readonly Vector3[] s_benches = [new(0.22f, 0.24f, 0.27f), new(0.34f, 0.30f, 0.25f), new(0.18f, 0.28f, 0.25f), new(0.42f, 0.43f, 0.45f), new(0.15f, 0.15f, 0.16f)];

    /// <summary>Draws a part. The same state of the random generator produces the same image.</summary>
    /// <returns>Pixels as R, G, B, A bytes, rows from top to bottom.</returns>
    public byte[] Draw(PartShape shape, Random random)
    {
        float Vary(float low, float high) => low + (high - low) * random.NextSingle();
        Func<Vector2, float> outline = PartOutline.Create(shape, random);
        Vector3 metal = s_metals[random.Next(s_metals.Length)] * Vary(0.75f, 1.1f), bench = s_benches[random.Next(s_benches.Length)] * Vary(0.8f, 1.25f);
        float radius = Vary(0.28f, 0.4f), turn = Vary(0f, MathF.Tau), brush = Vary(0f, MathF.PI);
        var center = new Vector2(Vary(0.42f, 0.58f), Vary(0.42f, 0.58f));
        float azimuth = Vary(0f, MathF.Tau), elevation = Vary(0.5f, 1.1f), exposure = Vary(0.7f, 1.25f);
        var light = new Vector3(MathF.Cos(azimuth) * MathF.Cos(elevation), MathF.Sin(azimuth) * MathF.Cos(elevation), MathF.Sin(elevation));
        var shadow = new Vector2(light.X, light.Y) * -0.16f;
        Matrix3x2 toPart = Matrix3x2.CreateTranslation(-center) * Matrix3x2.CreateScale(1f / radius) * Matrix3x2.CreateRotation(turn);
        uint grain = (uint)random.Next();

        float pixel = 1f / (size * radius);
        var picture = new Vector3[size * size];
        for (int y = 0; y < size; y++)
            for (int x = 0; x < size; x++)
            {
                var at = new Vector2(x + 0.5f, y + 0.5f) / size;
                Vector2 p = Vector2.Transform(at, toPart);
                float d = outline(p);
                float cover = Math.Clamp(0.5f - d / pixel, 0f, 1f);
                float shade = Math.Clamp(0.55f + outline(p - Vector2.TransformNormal(shadow * radius, toPart)) / 0.35f, 0.45f, 1f);
                Vector3 ground = bench * shade * (0.92f + 0.16f * Cloud(at * 9f, grain)) * (1.05f - 0.35f * (at - new Vector2(0.5f)).LengthSquared() * 2f);
                Vector3 color = ground;
                if (cover > 0f)
                {
                    Vector3 normal = Normal(outline, p, d, turn);
                    float streak = Cloud(Vector2.Transform(at * 60f, Matrix3x2.CreateRotation(brush)) * new Vector2(0.06f, 1.4f), grain + 7);
                    float lit = 0.3f + 0.6f * MathF.Max(0f, Vector3.Dot(normal, light)) + 0.14f * (streak - 0.5f);
                    float gloss = MathF.Pow(MathF.Max(0f, Vector3.Dot(normal, Vector3.Normalize(light + Vector3.UnitZ))), 24f);
                    color = Vector3.Lerp(ground, metal * lit + new Vector3(0.3f * gloss), cover);
                }
                picture[y * size + x] = color * exposure;
            }
        return Develop(picture, focus: Vary(0f, 1f), noise: Vary(0.005f, 0.03f), random);
    }

    /// <summary>Returns the surface normal: flat in the middle of the part, rounded toward the edge.</summary>
    private static Vector3 Normal(Func<Vector2, float> outline, Vector2 p, float distance, float turn)
    {
        const float Step = 0.01f, Bevel = 0.14f;
        float tilt = Math.Clamp(1f + distance / Bevel, 0f, 1f);
        if (tilt == 0f) return Vector3.UnitZ;
        var slope = new Vector2(outline(p + new Vector2(Step, 0f)) - distance, outline(p + new Vector2(0f, Step)) - distance);
        if (slope == Vector2.Zero) return Vector3.UnitZ;
        slope = Vector2.TransformNormal(Vector2.Normalize(slope), Matrix3x2.CreateRotation(-turn)) * tilt;
        return Vector3.Normalize(new Vector3(slope, 1.2f - 0.6f * tilt));
    }

    /// <summary>Blurs with a 3x3 binomial kernel of the given strength, adds Gaussian noise, and quantizes to 8 bits.</summary>
    private byte[] Develop(Vector3[] picture, float focus, float noise, Random random)
    {
        var bytes = new byte[size * size * 4];
        Vector3 At(int x, int y) => picture[Math.Clamp(y, 0, size - 1) * size + Math.Clamp(x, 0, size - 1)];
        for (int y = 0; y < size; y++)
            for (int x = 0; x < size; x++)
            {
                Vector3 sides = (At(x - 1, y) + At(x + 1, y) + At(x, y - 1) + At(x, y + 1)) / 8f;
                Vector3 corners = (At(x - 1, y - 1) + At(x + 1, y - 1) + At(x - 1, y + 1) + At(x + 1, y + 1)) / 16f;
                Vector3 color = Vector3.Lerp(At(x, y), At(x, y) / 4f + sides + corners, focus) + new Vector3(noise * Gaussian(random));
                int o = (y * size + x) * 4;
                for (int c = 0; c < 3; c++) bytes[o + c] = (byte)Math.Clamp((int)(color[c] * 255f + 0.5f), 0, 255);
                bytes[o + 3] = 255;
            }
        return bytes;
    }

    private static float Gaussian(Random random)
        => MathF.Sqrt(-2f * MathF.Log(1f - random.NextSingle())) * MathF.Cos(MathF.Tau * random.NextSingle());

    /// <summary>Value noise in [0, 1]: smooth interpolation of random values on the integer grid.</summary>
    private static float Cloud(Vector2 p, uint seed)
    {
        int x = (int)MathF.Floor(p.X), y = (int)MathF.Floor(p.Y);
        Vector2 f = p - new Vector2(x, y);
        f = f * f * (new Vector2(3f) - 2f * f);
        return float.Lerp(float.Lerp(Grid(x, y, seed), Grid(x + 1, y, seed), f.X), float.Lerp(Grid(x, y + 1, seed), Grid(x + 1, y + 1, seed), f.X), f.Y);
    }

    private static float Grid(int x, int y, uint seed)
    {
        uint h = seed ^ (uint)x * 0x9E3779B1u ^ (uint)y * 0x85EBCA77u;
        h = (h ^ (h >> 15)) * 0x2C1B3C6Du;
        h = (h ^ (h >> 12)) * 0x297A2D39u;
        return (h ^ (h >> 15)) / (float)uint.MaxValue;
    }
}
