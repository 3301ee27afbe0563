using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Layers;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.ModelFiles;

namespace ConvNeXt.Tests.ModelFiles;

/// <summary>The reader of descriptions against JsonSerializer, which writes them. Only lists of names ("Squash,Squash"), which the serializer takes, are refused.</summary>
[TestClass]
public sealed class ModelDescriptionReaderTests
{
    private static readonly JsonSerializerOptions _options = new(JsonSerializerDefaults.Strict)
    {
        IgnoreReadOnlyProperties = true,
        Converters = { new JsonStringEnumConverter(allowIntegerValues: false) },
    };

    private static readonly string[] _values =
    [
        "null", "true", "0", "-1", "255", "256", "1.0", "1e2", "2147483648", "1e300", "-1e-300", "1e999", "\"\"", "\"Squash\"", "\"squash\"", "\"0\"", "\"Stage1\"",
        "\"\\ud800\"", "[]", "[1,2]", "[null]", "[\"a\",null]", "[1.5]", "{}", "{\"Red\":1,\"Green\":2,\"Blue\":3}", "{\"Red\":1,\"Green\":2}",
        "{\"Red\":0.5,\"Green\":2,\"Blue\":3,\"Alpha\":4}",
    ];

    private static ModelDescription Simple => new()
    {
        Format = 1,
        Network = new ConvNeXtConfig { Depths = [1, 2], Widths = [8, 16] },
        Preprocessing = ImagePreprocessing.ForSize(224),
        ImageColumn = "Image",
        OutputColumns = ["Features"],
        BatchSize = 4,
        WeightsSha256 = "ABC",
    };

    private static ModelDescription Full => Simple with
    {
        Network = new ConvNeXtConfig
        {
            Name = "näme \"x\"",
            Depths = [3, 3, 9, 3],
            Widths = [96, 192, 384, 768],
            ClassCount = 3,
            LayerScaleInit = null,
            DropPathRate = 0.1f,
            GlobalResponseNorm = true,
            OverlappingStemWidth = 64,
            NormBeforePooling = true,
            HeadHiddenWidth = 100,
            NormEpsilon = 1e-5f,
        },
        Preprocessing = ImagePreprocessing.ForSize(128, 256) with { Interpolation = Interpolation.Bilinear, CropRatio = 0.9, Mean = new RgbTriple(0.1f, 0.2f, 0.3f) },
        Decoding = new ImageDecodingOptions { ApplyOrientation = false, Background = new RgbColor(1, 2, 3), ReduceLargeJpegs = true },
        ProblemColumn = "Problem",
        LabelColumn = "Label",
        ImageFolder = "images",
        ImageFolderIsUnknown = true,
        Output = FeatureLevel.Stage2,
        Temperature = 1.0 / 3,
        LabelType = "Text",
        Labels = ["a", "b", "ü"],
    };

    private static IEnumerable<object[]> Descriptions => [[Simple], [Full]];

    [TestMethod]
    [DynamicData(nameof(Descriptions))]
    public void ADescription_IsReadAsItWasWritten(object description)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes((ModelDescription)description, _options);
        Assert.AreEqual(Encoding.UTF8.GetString(json), Write(ModelDescriptionReader.Read(json)));
    }

    [TestMethod]
    [DynamicData(nameof(Descriptions))]
    public void EveryChangedValue_IsReadOrRefused_AsByTheSerializer(object description)
    {
        string json = Write((ModelDescription)description);
        int accepted = 0, refused = 0;
        foreach (string path in Paths(JsonNode.Parse(json)!, ""))
        {
            foreach (string changed in Changes(json, path))
            {
                string? expected = Try(() => Write(JsonSerializer.Deserialize<ModelDescription>(changed, _options)!));
                Assert.AreEqual(expected, Try(() => Write(ModelDescriptionReader.Read(Encoding.UTF8.GetBytes(changed)))), $"{path}: {changed}");
                if (expected is null) refused++;
                else accepted++;
            }
        }
        Assert.IsGreaterThan(50, accepted);
        Assert.IsGreaterThan(300, refused);
    }

    [TestMethod]
    public void WhatIsNoObject_IsRefused()
    {
        foreach (string json in new[] { "", "null", "[]", "1", "{", "{}x", "{},{}", "{\"Format\":1,}", "/**/{}" })
            Assert.Throws<JsonException>(() => ModelDescriptionReader.Read(Encoding.UTF8.GetBytes(json)), json);
    }

    private static string Write(ModelDescription description) => JsonSerializer.Serialize(description, _options);

    // Null if it is refused.
    private static string? Try(Func<string> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }

    private static IEnumerable<string> Paths(JsonNode node, string path) => node is not JsonObject properties ? [path] :
        properties.SelectMany(property => Paths(property.Value ?? JsonValue.Create(0), $"{path}/{property.Key}")).Concat(path == "" ? [] : [path]);

    // The document with a property replaced by each of the values, left out, twice, and under another name.
    private static IEnumerable<string> Changes(string json, string path)
    {
        string[] names = path[1..].Split('/');
        foreach (string value in _values) yield return Change((parent, name) => parent[name] = JsonValue.Create("@"), value);
        yield return Change((parent, name) => parent.Remove(name), "");
        yield return Change(Rename, "");
        string twice = Change((parent, name) => parent["again"] = "@", "1");
        yield return twice.Replace("\"again\"", $"\"{names[^1]}\"", StringComparison.Ordinal);

        string Change(Action<JsonObject, string> change, string value)
        {
            JsonObject root = JsonNode.Parse(json)!.AsObject(), parent = root;
            foreach (string name in names[..^1]) parent = parent[name]!.AsObject();
            change(parent, names[^1]);
            return root.ToJsonString().Replace("\"@\"", value, StringComparison.Ordinal);
        }

        static void Rename(JsonObject parent, string name)
        {
            JsonNode? value = parent[name]?.DeepClone();
            parent.Remove(name);
            parent[name.ToLowerInvariant()] = value;
        }
    }
}
