using System.Numerics;

namespace QuickStart.Parts;

/// <summary>The machined parts that the sample classifies.</summary>
internal enum PartShape
{
    Bolt,
    Bracket,
    Flange,
    Gear,
    HexNut,
    Washer,
}

/// <summary>
/// Outlines of the parts as signed distances: negative inside the metal, positive outside, scaled to a radius of about 1.
/// The proportions of each part vary, as between suppliers.
/// </summary>
internal static class PartOutline
{
    /// <summary>Returns the outline of a part with random proportions.</summary>
    public static Func<Vector2, float> Create(PartShape shape, Random random)
    {
        float Vary(float low, float high) => low + (high - low) * random.NextSingle();
        switch (shape)
        {
            case PartShape.Washer:
                float washerHole = Vary(0.45f, 0.65f);
                return p => Ring(p, 0.95f, washerHole);
            case PartShape.HexNut:
                float nutHole = Vary(0.36f, 0.5f);
                return p => Subtract(Polygon(p, 6, 0.86f), Circle(p, nutHole));
            case PartShape.Gear:
                int teeth = random.Next(10, 17);
                float gearHole = Vary(0.2f, 0.36f), toothDepth = Vary(0.13f, 0.18f);
                return p => Subtract(Teeth(p, teeth, 0.95f - toothDepth, toothDepth), Circle(p, gearHole));
            case PartShape.Flange:
                int holes = random.Next(4, 7);
                float bore = Vary(0.28f, 0.4f), boltHole = Vary(0.1f, 0.14f);
                return p => Subtract(Ring(p, 0.97f, bore), Circle(Fold(p, holes) - new Vector2(0.7f, 0f), boltHole));
            case PartShape.Bolt:
                float shaft = Vary(0.2f, 0.28f), head = Vary(0.4f, 0.5f);
                return p => MathF.Min(
                    Box(p - new Vector2(0f, -0.72f), new Vector2(head, 0.22f)),
                    Box(p - new Vector2(0f, 0.2f), new Vector2(shaft + 0.025f * MathF.Cos(p.Y * 46f), 0.75f)));
            case PartShape.Bracket:
                float arm = Vary(0.3f, 0.38f), screwHole = Vary(0.1f, 0.15f);
                return p => Subtract(
                    MathF.Min(Box(p - new Vector2(-0.8f + arm, 0f), new Vector2(arm, 0.8f)), Box(p - new Vector2(0f, 0.8f - arm), new Vector2(0.8f, arm))),
                    MathF.Min(Circle(p - new Vector2(-0.8f + arm, -0.48f), screwHole), Circle(p - new Vector2(0.48f, 0.8f - arm), screwHole)));
            default:
                throw new ArgumentOutOfRangeException(nameof(shape), shape, "This part has no outline.");
        }
    }

    private static float Circle(Vector2 p, float radius) => p.Length() - radius;

    private static float Ring(Vector2 p, float outer, float inner) => MathF.Max(p.Length() - outer, inner - p.Length());

    private static float Subtract(float solid, float hole) => MathF.Max(solid, -hole);

    private static float Box(Vector2 p, Vector2 half)
    {
        Vector2 d = Vector2.Abs(p) - half;
        return Vector2.Max(d, Vector2.Zero).Length() + MathF.Min(MathF.Max(d.X, d.Y), 0f);
    }

    /// <summary>Rotates a point into the first of <paramref name="count"/> equal sectors, which is centered on the x axis.</summary>
    private static Vector2 Fold(Vector2 p, int count)
    {
        float sector = MathF.Tau / count, angle = MathF.Atan2(p.Y, p.X);
        angle -= sector * MathF.Round(angle / sector);
        return p.Length() * new Vector2(MathF.Cos(angle), MathF.Sin(angle));
    }

    private static float Polygon(Vector2 p, int sides, float apothem) => Fold(p, sides).X - apothem;

    private static float Teeth(Vector2 p, int count, float root, float depth)
    {
        Vector2 folded = Fold(p, count);
        float halfWidth = 0.3f * MathF.Tau * root / count;
        return MathF.Min(p.Length() - root, Box(folded - new Vector2(root, 0f), new Vector2(depth, halfWidth)));
    }
}
