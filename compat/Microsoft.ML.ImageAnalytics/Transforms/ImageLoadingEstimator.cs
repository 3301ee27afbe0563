using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms.Image;

namespace Microsoft.ML.Data;

public sealed class ImageLoadingEstimator : TrivialEstimator<ImageLoadingTransformer>
{
    private readonly bool _useImageType;

    internal ImageLoadingEstimator(IHostEnvironment env, string? imageFolder, bool type, params (string outputColumnName, string inputColumnName)[] columns)
        : base(Contracts.CheckRef(env, nameof(env)).Register(nameof(ImageLoadingEstimator)), new ImageLoadingTransformer(env, imageFolder, type, columns))
        => _useImageType = type;

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema) =>
        ImageSchemaShape.Propagate(Host, inputSchema, Transformer.Columns, TextDataViewType.Instance, (output, _) => _useImageType
            ? new SchemaShape.Column(output, SchemaShape.Column.VectorKind.Scalar, new ImageDataViewType(), false)
            : new SchemaShape.Column(output, SchemaShape.Column.VectorKind.VariableVector, NumberDataViewType.Byte, false));
}
