using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

public sealed partial class ValueToKeyMappingTransformer
{
    private sealed class Mapper : OneToOneMapperBase
    {
        private readonly ValueToKeyMappingTransformer _parent;
        private readonly BoundTermMap[] _maps;

        public Mapper(ValueToKeyMappingTransformer parent, DataViewSchema inputSchema)
            : base(parent.Host.Register(nameof(Mapper)), parent, inputSchema)
        {
            _parent = parent;
            _maps = new BoundTermMap[parent.ColumnPairs.Length];
            for (int i = 0; i < _maps.Length; i++)
            {
                DataViewSchema.Column column = inputSchema[ColMapNewToOld[i]];
                parent.GetTermType(inputSchema, column.Name, nameof(inputSchema));
                TermMap map = parent._termMaps[i];
                if (!column.Type.GetItemType().Equals(map.ItemType))
                    throw Host.Except($"The dictionary maps values of type '{map.ItemType}', column '{column.Name}' has type '{column.Type.GetItemType()}'.");
                _maps[i] = map.Bind(column, parent._textMetadata[i]);
            }
        }

        protected override DataViewSchema.DetachedColumn[] GetOutputColumnsCore() => [.. _parent.ColumnPairs.Select((pair, i) =>
        {
            DataViewSchema.Column source = InputSchema[ColMapNewToOld[i]];
            KeyDataViewType key = _parent._termMaps[i].OutputType;
            var annotations = new DataViewSchema.Annotations.Builder();
            _maps[i].AddKeyValues(annotations);
            annotations.Add(source.Annotations, name => name == AnnotationUtils.Kinds.SlotNames);
            DataViewType type = source.Type is VectorDataViewType vector ? new VectorDataViewType(key, vector.Dimensions) : key;
            return new DataViewSchema.DetachedColumn(pair.outputColumnName, type, annotations.ToAnnotations());
        })];

        protected override Delegate MakeGetter(DataViewRow input, int iinfo, Func<int, bool> activeOutput, out Action? disposer)
        {
            disposer = null;
            return _maps[iinfo].MakeGetter(input, input.Schema[ColMapNewToOld[iinfo]]);
        }
    }
}
