using System.Text.Json.Serialization;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.MLNet.Images;
using ConvNeXt.MLNet.ModelFiles;
using ConvNeXt.MLNet.Pixels;
using ConvNeXt.MLNet.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(
    typeof(PixelsTransformer), null, typeof(SignatureLoadModel), "ConvNeXt image pixels", PixelsTransformer.LoaderSignature)]

namespace ConvNeXt.MLNet.Pixels;

/// <summary>
/// Turns images into vectors [3, height, width]: decoded, resized and cropped as a network's preprocessing says, planes R, G, B, values from 0 to 255. A row
/// whose image cannot be read gets NaN, and a warning in the log.
/// </summary>
internal sealed class PixelsTransformer : RowToRowTransformerBase
{
    public const string LoaderSignature = "ConvNeXtPixels";
    private const string ModelSignature = "CNXTPIXL";
    private const int Channels = 3;

    /// <summary>First version with decoding options, which older code would not apply.</summary>
    private const uint DecodingVersion = 0x00010002;

    /// <summary>
    /// First version that does not store an absolute image root folder (older code would read paths relative to the current folder), with inputs that are not
    /// square (older code would refuse the description without saying why), and with the decoding of JPEG files at reduced size (older code would not apply it).
    /// </summary>
    private const uint LatestVersion = 0x00010003;

    private readonly PixelsSettings _settings;

    public PixelsTransformer(IHostEnvironment env, PixelsSettings settings)
        : base(env.Register(nameof(PixelsTransformer))) => _settings = settings;

    /// <summary>Returns a copy that uses another folder for relative paths.</summary>
    public PixelsTransformer WithImageRootFolder(string? folder) => new(Host, _settings with { ImageRootFolder = folder, ImageFolderIsUnknown = null });

    protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.CheckAtModel();
        bool isFolderUnknown = _settings.ImageFolderIsUnknown is true || StoredImageFolder.IsOfThisMachine(_settings.ImageRootFolder);
        uint readable = _settings.Decoding is null ? ModelFile.FirstVersion : DecodingVersion;
        if (isFolderUnknown || !_settings.Preprocessing.IsSquare || _settings.Decoding is { ReduceLargeJpegs: true }) readable = LatestVersion;
        ctx.SetVersionInfo(GetVersionInfo(written: Math.Max(DecodingVersion, readable), readable));
        ModelFile.WriteJson(ctx.Writer, _settings with
        {
            ImageRootFolder = StoredImageFolder.Create(_settings.ImageRootFolder),
            ImageFolderIsUnknown = isFolderUnknown ? true : null,
        });
    }

    // ML.NET finds this method by reflection.
    private static PixelsTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(GetVersionInfo(written: LatestVersion, readable: ModelFile.FirstVersion));
        var settings = ModelFile.ReadJson<PixelsSettings>(ctx.Reader);
        try
        {
            settings.Preprocessing.Validate();
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"The model file is damaged: {e.Message}", e);
        }
        ModelFile.CheckFolder(settings.ImageRootFolder);
        ModelFile.CheckNames([settings.InputColumn, settings.OutputColumn]);
        return new PixelsTransformer(env, settings);
    }

    private static VersionInfo GetVersionInfo(uint written, uint readable) => ModelFile.CreateVersionInfo(ModelSignature, LoaderSignature, written, readable);

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
            var type = new VectorDataViewType(NumberDataViewType.Single, Channels, Preprocessing.Height, Preprocessing.Width);
            return [new DataViewSchema.DetachedColumn(_parent._settings.OutputColumn, type)];
        }

        protected override Func<int, bool> GetDependenciesCore(Func<int, bool> activeOutput) => column => column == _input.Index && activeOutput(0);

        protected override void SaveModel(ModelSaveContext ctx) => _parent.SaveModel(ctx);

        protected override Delegate MakeGetter(DataViewRow input, int iinfo, Func<int, bool> activeOutput, out Action? disposer)
        {
            StoredImageFolder.Require(_parent._settings.ImageFolderIsUnknown ?? false, _input.Type);
            var reader = new ImageReader(input, _input, _parent._settings.ImageRootFolder, Decoding);
            var log = new ProblemLog(Host, ProblemLog.LimitPerPass);
            disposer = log.Dispose;
            return (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) =>
            {
                VBufferEditor<float> editor = VBufferEditor.Create(ref value, Preprocessing.Length);
                if ((reader.TryRead(out ImageReference image) ?? TryWrite(image, editor.Values)) is { } problem)
                {
                    editor.Values.Fill(float.NaN);
                    log.Add(problem, $"Row {input.Position}");
                }
                value = editor.Commit();
            });
        }

        private string? TryWrite(in ImageReference image, Span<float> pixels)
        {
            try
            {
                using RgbImage decoded = ImageDecoding.Decode(image, Decoding, Preprocessing);
                Preprocessing.ToPlanes(decoded, pixels);
                return null;
            }
            catch (Exception e) when (ImageFailure.IsOfTheImage(e))
            {
                return ImageFailure.Describe(e, image.Path);
            }
        }
    }
}

/// <summary>Settings of a <see cref="PixelsTransformer"/>, written as JSON into the model file.</summary>
/// <param name="OutputColumn">Name of the added column.</param>
/// <param name="InputColumn">Name of the image column.</param>
/// <param name="Preprocessing">How images are resized and cropped.</param>
/// <param name="ImageRootFolder">Folder that relative paths are relative to; null for the current folder of the process.</param>
/// <param name="Decoding">How images are decoded; null, and not written, for <see cref="ImageDecodingOptions.Earliest"/>.</param>
/// <param name="ImageFolderIsUnknown">True if there was an absolute folder, which is not stored; null, and not written, otherwise.</param>
internal sealed record PixelsSettings(
    string OutputColumn,
    string InputColumn,
    ImagePreprocessing Preprocessing,
    string? ImageRootFolder,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ImageDecodingOptions? Decoding = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? ImageFolderIsUnknown = null);
