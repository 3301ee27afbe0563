using System.Text.Json.Serialization;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.MLNet.Images;
using ConvNeXt.MLNet.ModelFiles;
using ConvNeXt.MLNet.Pixels;
using ConvNeXt.MLNet.Scoring.Columns;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(
    typeof(PixelsTransformer), null, typeof(SignatureLoadModel), "ConvNeXt image pixels", PixelsTransformer.LoaderSignature)]

namespace ConvNeXt.MLNet.Pixels;

/// <summary>
/// Turns pictures into vectors [3, size, size]: decoded, resized and cropped as a network's preprocessing says, planes R, G, B, values from 0 to 255. A row
/// whose picture cannot be read gets NaN, and a warning in the log.
/// </summary>
internal sealed class PixelsTransformer : RowToRowTransformerBase
{
    public const string LoaderSignature = "ConvNeXtPixels";
    private const string ModelSignature = "CNXTPIXL";
    private const int Channels = 3;

    /// <summary>First version with decoding options, which older code would not apply.</summary>
    private const uint DecodingVersion = 0x00010002;

    private readonly PixelsSettings _settings;

    public PixelsTransformer(IHostEnvironment env, PixelsSettings settings)
        : base(env.Register(nameof(PixelsTransformer))) => _settings = settings;

    protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.CheckAtModel();
        ctx.SetVersionInfo(GetVersionInfo(readable: _settings.Decoding is null ? ModelFile.FirstVersion : DecodingVersion));
        ModelFile.WriteJson(ctx.Writer, _settings);
    }

    // Found by ML.NET through reflection.
    private static PixelsTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(GetVersionInfo(readable: ModelFile.FirstVersion));
        var settings = ModelFile.ReadJson<PixelsSettings>(ctx.Reader);
        try
        {
            settings.Preprocessing.Validate();
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"The model file is damaged: {e.Message}", e);
        }
        return new PixelsTransformer(env, settings);
    }

    private static VersionInfo GetVersionInfo(uint readable) =>
        ModelFile.CreateVersionInfo(ModelSignature, LoaderSignature, written: DecodingVersion, readable);

    private sealed class Mapper : MapperBase
    {
        private readonly PixelsTransformer _parent;
        private readonly DataViewSchema.Column _input;

        public Mapper(PixelsTransformer parent, DataViewSchema schema)
            : base(parent.Host, schema, parent) => (_parent, _input) = (parent, ImageColumn.Find(schema, parent._settings.InputColumn));

        private ImageDecodingOptions Decoding => _parent._settings.Decoding ?? ImageDecodingOptions.Earliest;

        private ImagePreprocessing Preprocessing => _parent._settings.Preprocessing;

        protected override DataViewSchema.DetachedColumn[] GetOutputColumnsCore()
        {
            var type = new VectorDataViewType(NumberDataViewType.Single, Channels, Preprocessing.Size, Preprocessing.Size);
            return [new DataViewSchema.DetachedColumn(_parent._settings.OutputColumn, type)];
        }

        protected override Func<int, bool> GetDependenciesCore(Func<int, bool> activeOutput) => column => column == _input.Index && activeOutput(0);

        protected override void SaveModel(ModelSaveContext ctx) => _parent.SaveModel(ctx);

        protected override Delegate MakeGetter(DataViewRow input, int iinfo, Func<int, bool> activeOutput, out Action? disposer)
        {
            disposer = null;
            Func<ImageReference> read = ImageColumn.CreateReader(input, _input, _parent._settings.ImageRootFolder, Decoding);
            return (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) =>
            {
                VBufferEditor<float> editor = VBufferEditor.Create(ref value, Preprocessing.Length);
                Write(read, editor.Values);
                value = editor.Commit();
            });
        }

        private void Write(Func<ImageReference> read, Span<float> pixels)
        {
            try
            {
                using RgbImage image = ImageDecoding.Decode(read(), Decoding);
                Preprocessing.ToPlanes(image, pixels);
            }
            catch (UnreadableImageException e)
            {
                pixels.Fill(float.NaN);
                using IChannel channel = Host.Start("Reading images");
                channel.Warning(MessageSensitivity.UserData, "{0} The row gets NaN.", e.Message);
            }
        }
    }
}

/// <summary>Everything that a <see cref="PixelsTransformer"/> is made of; written as JSON into the model file.</summary>
/// <param name="OutputColumn">Added column.</param>
/// <param name="InputColumn">Column with the images.</param>
/// <param name="Preprocessing">How pictures are resized and cropped.</param>
/// <param name="ImageRootFolder">What relative paths are relative to; null for the process's current folder.</param>
/// <param name="Decoding">How images are decoded; null, and not written, for <see cref="ImageDecodingOptions.Earliest"/>.</param>
internal sealed record PixelsSettings(
    string OutputColumn,
    string InputColumn,
    ImagePreprocessing Preprocessing,
    string? ImageRootFolder,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ImageDecodingOptions? Decoding = null);
