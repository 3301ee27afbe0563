using ConvNeXt.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.Benchmarks.Fuzzing.Inputs;

/// <summary>ML.NET model files of this library, loaded, with one image scored.</summary>
internal sealed class ModelTarget(int seed, string testData) : FuzzTarget(seed)
{
    private static readonly string[] OwnNamespaces = ["ConvNeXt.MLNet", "ConvNeXt.Backbone"];

    private readonly (string Name, byte[] Content)[][] _seeds = ModelSeeds.Create(testData);
    private readonly MLContext _ml = new(1);
    private readonly LabeledImage[] _images = [new() { ImagePath = Path.Combine(testData, "images", "s444.jpg") }];

    /// <inheritdoc/>
    public override void Read(byte[] input)
    {
        ITransformer model = _ml.Model.Load(new MemoryStream(input), out _);
        try
        {
            IDataView scored = model.Transform(_ml.Data.LoadFromEnumerable(_images));
            foreach (DataViewSchema.Column column in scored.Schema.Where(column => column.Type is VectorDataViewType { ItemType: NumberDataViewType }))
                scored.GetColumn<float[]>(column).Single();
        }
        finally
        {
            (model as IDisposable)?.Dispose();
        }
    }

    /// <summary>
    /// This library refuses a damaged component with InvalidDataException, which ML.NET wraps, and an image column that is not in the data with an
    /// ArgumentOutOfRangeException. Damage of its own parts ML.NET reports with exceptions of many types; those that passed no code of this library are right.
    /// </summary>
    public override bool IsRefusal(Exception exception)
    {
        if (exception is ArgumentOutOfRangeException { ParamName: "schema" }) return true;
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is OutOfMemoryException) return false;
            if (cause is InvalidDataException or FormatException) return true;
        }
        string trace = exception.ToString();
        return !OwnNamespaces.Any(name => trace.Contains($" at {name}.", StringComparison.Ordinal));
    }

    /// <inheritdoc/>
    public override string FindExtension(byte[] input) => ".zip";

    /// <inheritdoc/>
    protected override byte[] Create(int index, Random random) =>
        new ModelMutator(random).Mutate(_seeds[index % _seeds.Length], _seeds[random.Next(_seeds.Length)]);
}
